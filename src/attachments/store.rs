//! Where contents lie: a folder beside the database, or a bucket of S3's kind. Plain bytes under a key; what they are and
//! whose is in the tables.

use std::{collections::HashMap, io::Read, path::Path as FilePath, sync::Arc};

use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    ClientConfigKey, GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig, WriteMultipart,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    path::Path,
    prefix::PrefixStore,
};

use crate::{
    error::{Error, Result},
    ids::WorkspaceId,
};

/// What is held in memory of one content while it is written, in bytes.
const PIECE: usize = 8 << 20;

/// The runtime on which threads without one wait for the store. It has a thread of its own: connections that were opened on it
/// are used by handlers too, and somebody must drive them.
struct Waiting(Option<tokio::runtime::Runtime>);

impl Drop for Waiting {
    /// Without waiting: the last one may be dropped where nothing may block.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The store; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<dyn ObjectStore>,
    waiting: Arc<Waiting>,
    folder: Option<std::path::PathBuf>,
}

/// A part of a content, piece by piece.
pub type Pieces = BoxStream<'static, std::result::Result<bytes::Bytes, std::io::Error>>;

fn key(workspace: WorkspaceId, name: &str) -> Path {
    Path::from(format!("{workspace}/{name}"))
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("the store of attachments: {error}"))
}

/// What somebody is told who wants a content, or wants to leave one.
fn away(error: object_store::Error) -> Error {
    tracing::error!(%error, "the store of attachments");
    Error::Away("The place where files are kept can't be reached, or is full. Try again in a minute.")
}

/// For how long a bucket that doesn't answer is asked again: somebody waits for the page.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(15);

impl Store {
    /// Opens `place`: an address like `s3://bucket/folder`, its keys and endpoint read from the usual variables that begin
    /// with `AWS_`; or `folder`, which is made when it isn't there. The error says what to write.
    pub fn open(place: Option<&str>, folder: &FilePath) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|e| e.to_string())?;
        let waiting = Arc::new(Waiting(Some(runtime)));
        let Some(place) = place else {
            std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            let local = LocalFileSystem::new_with_prefix(folder).map_err(|error| error.to_string())?;
            return Ok(Self { inner: Arc::new(local.with_fsync(true)), waiting, folder: Some(folder.to_owned()) });
        };
        let wrong = "RAPPORT_FILES must be a bucket, like s3://bucket or s3://bucket/folder.";
        let url = url::Url::parse(place).map_err(|_| wrong)?;
        let bucket = url.host_str().filter(|_| url.scheme() == "s3").ok_or(wrong)?;
        // The TLS of mail serves here too; a second time it is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let s3 = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::ReadTimeout), "10 seconds")
            .with_retry(RetryConfig { max_retries: 3, retry_timeout: PATIENCE, ..RetryConfig::default() })
            .with_allow_http(std::env::var("AWS_ENDPOINT").is_ok_and(|address| address.starts_with("http://")))
            .build()
            .map_err(|error| format!("RAPPORT_FILES: {error}. Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, for any but Amazon's, AWS_ENDPOINT."))?;
        let inner = Arc::new(PrefixStore::new(s3, Path::from(url.path())));
        Ok(Self { inner, waiting, folder: None })
    }

    /// The folder that contents lie in, when they do.
    pub fn folder(&self) -> Option<&FilePath> {
        self.folder.as_deref()
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let runtime = self.waiting.0.as_ref().ok_or_else(|| failed("closed"))?;
        Ok(runtime.block_on(work))
    }

    /// Writes a content whole or not at all. For threads that may wait.
    pub fn put(&self, workspace: WorkspaceId, name: &str, mut source: &mut dyn Read) -> Result<()> {
        let key = key(workspace, name);
        let mut piece = Vec::new();
        (&mut source).take(PIECE as u64).read_to_end(&mut piece)?;
        if piece.len() < PIECE {
            return self.wait(async { self.inner.put(&key, piece.into()).await })?.map(drop).map_err(away);
        }
        self.wait(async {
            let upload = self.inner.put_multipart(&key).await.map_err(away)?;
            let mut writing = WriteMultipart::new_with_chunk_size(upload, PIECE);
            while !piece.is_empty() {
                writing.wait_for_capacity(2).await.map_err(away)?;
                writing.write(&piece);
                piece.clear();
                if let Err(error) = (&mut source).take(PIECE as u64).read_to_end(&mut piece) {
                    let _ = writing.abort().await;
                    return Err(error.into());
                }
            }
            writing.finish().await.map(drop).map_err(away)
        })?
    }

    /// A content that is no longer than `most` bytes, whole; none when it is longer or not there.
    pub fn get(&self, workspace: WorkspaceId, name: &str, most: u64) -> Result<Option<Vec<u8>>> {
        let key = key(workspace, name);
        self.wait(async {
            match self.inner.get(&key).await {
                Ok(found) if found.meta.size <= most => Ok(Some(found.bytes().await.map_err(away)?.to_vec())),
                Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(away(error)),
            }
        })?
    }

    /// Copies a content into `into`; false when it is not there.
    pub fn copy(&self, workspace: WorkspaceId, name: &str, into: &mut dyn std::io::Write) -> Result<bool> {
        let key = key(workspace, name);
        self.wait(async {
            let mut pieces = match self.inner.get(&key).await {
                Ok(found) => found.into_stream(),
                Err(object_store::Error::NotFound { .. }) => return Ok(false),
                Err(error) => return Err(failed(error)),
            };
            while let Some(piece) = pieces.next().await {
                into.write_all(&piece.map_err(failed)?)?;
            }
            Ok(true)
        })?
    }

    /// How many bytes a content has; none when it is not there.
    pub fn size(&self, workspace: WorkspaceId, name: &str) -> Result<Option<u64>> {
        let key = key(workspace, name);
        match self.wait(async { self.inner.head(&key).await })? {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// How many bytes each content of a workspace has, by name.
    pub fn sizes(&self, workspace: WorkspaceId) -> Result<HashMap<String, u64>> {
        let all = Path::from(workspace.to_string());
        let told =
            |object: object_store::ObjectMeta| (object.location.filename().unwrap_or_default().to_owned(), object.size);
        match self.wait(async { self.inner.list(Some(&all)).map_ok(told).try_collect().await })? {
            Err(object_store::Error::NotFound { .. }) => Ok(HashMap::new()),
            sizes => sizes.map_err(failed),
        }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> Result<bool> {
        match self.wait(async { self.inner.list(None).next().await })? {
            None | Some(Err(object_store::Error::NotFound { .. })) => Ok(true),
            Some(Ok(_)) => Ok(false),
            Some(Err(error)) => Err(failed(error)),
        }
    }

    /// Whether contents can be kept: in a bucket one is written and removed again.
    pub fn check(&self) -> Result<()> {
        if self.folder.is_some() {
            return self.is_empty().map(drop);
        }
        let (nobodys, name) = (WorkspaceId(0), "doctor");
        self.put(nobodys, name, &mut &b"x"[..])?;
        self.remove(nobodys, name)
    }

    /// Removes a content; one that is not there is fine.
    pub fn remove(&self, workspace: WorkspaceId, name: &str) -> Result<()> {
        let key = key(workspace, name);
        if let Some(folder) = &self.folder {
            // What a crash left of one that was being written: object_store numbers such parts and doesn't list them.
            for part in 1..=8 {
                let _ = std::fs::remove_file(folder.join(format!("{key}#{part}")));
            }
        }
        match self.wait(async { self.inner.delete(&key).await })? {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Removes everything of a workspace.
    pub fn empty(&self, workspace: WorkspaceId) -> Result<()> {
        let all = Path::from(workspace.to_string());
        if let Some(folder) = &self.folder {
            return match std::fs::remove_dir_all(folder.join(all.as_ref())) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            };
        }
        self.wait(async {
            let names = self.inner.list(Some(&all)).map_ok(|object| object.location).boxed();
            self.inner.delete_stream(names).try_collect::<Vec<_>>().await.map(drop).map_err(failed)
        })?
    }

    /// The bytes `from..until` of a content, as they come. For handlers.
    pub(crate) async fn stream(&self, workspace: WorkspaceId, name: &str, from: u64, until: u64) -> Result<Pieces> {
        let options = GetOptions { range: Some(GetRange::Bounded(from..until)), ..GetOptions::default() };
        match self.inner.get_opts(&key(workspace, name), options).await {
            Ok(found) => Ok(found.into_stream().map_err(std::io::Error::other).boxed()),
            Err(object_store::Error::NotFound { .. }) => Err(Error::NotFound),
            Err(error) => Err(away(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: WorkspaceId = WorkspaceId(7);

    #[test]
    fn what_is_put_is_there_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(None, folder.path()).unwrap();
        let long: Vec<u8> = (0..PIECE * 2 + 5).map(|n| (n % 251) as u8).collect();
        for (name, bytes) in [("a", &b"short"[..]), ("b", &long)] {
            store.put(HERE, name, &mut &*bytes).unwrap();
            let mut copied = Vec::new();
            assert!(store.copy(HERE, name, &mut copied).unwrap() && copied == bytes, "{name}");
            let sizes = [HERE, WorkspaceId(8)].map(|workspace| store.size(workspace, name).unwrap());
            assert_eq!(sizes, [Some(bytes.len() as u64), None]);
        }
        let sizes = store.sizes(HERE).unwrap();
        assert_eq!((sizes.len(), sizes.get("a"), sizes.get("b")), (2, Some(&5), Some(&(long.len() as u64))));
        assert!(store.sizes(WorkspaceId(8)).unwrap().is_empty());
        assert_eq!(
            (store.get(HERE, "a", 5).unwrap().as_deref(), store.get(HERE, "a", 4).unwrap()),
            (Some(&b"short"[..]), None)
        );
        let part = folder.path().join("7").join("a#1");
        std::fs::write(&part, "half").unwrap();
        store.remove(HERE, "a").unwrap();
        store.remove(HERE, "a").unwrap();
        assert!(!part.exists(), "what a crash left of it goes too");
        assert_eq!(store.size(HERE, "a").unwrap(), None);
        store.empty(HERE).unwrap();
        assert!(store.is_empty().unwrap());
    }

    #[test]
    fn a_source_that_breaks_leaves_nothing_behind() {
        struct Breaks(usize);
        impl Read for Breaks {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                if self.0 == 0 {
                    return Err(std::io::Error::other("broken"));
                }
                let n = buffer.len().min(self.0);
                self.0 -= n;
                Ok(n)
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(None, folder.path()).unwrap();
        for length in [10, PIECE + 10] {
            assert!(store.put(HERE, "x", &mut Breaks(length)).is_err());
            assert_eq!(store.size(HERE, "x").unwrap(), None);
        }
        let left = std::fs::read_dir(folder.path().join("7")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "no half of a file stays in the folder");
    }

    #[test]
    fn a_wrong_place_is_told_with_what_to_write() {
        for place in ["bucket", "https://bucket", "s3://"] {
            let words = Store::open(Some(place), FilePath::new("unused")).err().unwrap();
            assert!(words.contains("s3://bucket"), "{place}: {words}");
        }
    }

    #[test]
    fn a_store_that_does_not_answer_is_not_our_fault() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(None, folder.path()).unwrap();
        // Where a content should be is something that can't be read.
        std::fs::write(folder.path().join(HERE.to_string()), "").unwrap();
        let error = store.put(HERE, "x", &mut &b"abc"[..]).unwrap_err();
        assert!(matches!(error, Error::Away(_)), "{error}");
    }
}
