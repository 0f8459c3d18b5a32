//! Settings from the environment, one struct, checked once and passed down; nothing global.

use std::path::PathBuf;

use crate::{attachments::Store, db::Address, mail::Mailer};

/// How this copy of Rapport runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// `RAPPORT_DATA`: database, uploads, mail.
    pub data: PathBuf,
    /// `DATABASE_URL`.
    pub database: Address,
    /// `RAPPORT_BIND`: where pages are served.
    pub bind: String,
    /// `RAPPORT_BASE_URL` without a slash at the end: what links in mails begin with.
    pub base_url: String,
    /// `RAPPORT_FILES`: a bucket for attachments, like `s3://bucket/folder`; the data folder without it.
    pub files: Option<String>,
    /// `SMTP_URL`; mails are files without it.
    pub smtp: Option<String>,
    /// `RAPPORT_MAIL_FROM`.
    pub mail_from: String,
    /// `RAPPORT_LOG`: a level, or tracing directives.
    pub log: String,
}

impl Config {
    /// Reads every setting through `get`; empty counts as not set. The error names the setting and what to write.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let get = |name: &str| get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let data = PathBuf::from(get("RAPPORT_DATA").unwrap_or_else(|| "./data".into()));
        let database = match get("DATABASE_URL") {
            Some(url) => Address::parse(&url)?,
            None => Address::Sqlite(data.join("rapport.db").to_string_lossy().into_owned()),
        };
        let bind = get("RAPPORT_BIND").unwrap_or_else(|| "127.0.0.1:8080".into());
        if !bind.contains(':') {
            return Err("RAPPORT_BIND must be an address with a port, like 127.0.0.1:8080.".into());
        }
        let base_url = get("RAPPORT_BASE_URL").unwrap_or_else(|| format!("http://{bind}"));
        let parsed = url::Url::parse(&base_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if parsed.is_none() {
            return Err("RAPPORT_BASE_URL must be a web address, like https://rapport.example.com.".into());
        }
        Ok(Self {
            data,
            database,
            bind,
            base_url: base_url.trim_end_matches('/').into(),
            files: get("RAPPORT_FILES"),
            smtp: get("SMTP_URL"),
            mail_from: get("RAPPORT_MAIL_FROM").unwrap_or_else(|| "Rapport <rapport@localhost>".into()),
            log: get("RAPPORT_LOG").unwrap_or_else(|| "info".into()),
        })
    }

    /// The way out for mail that the settings name.
    pub fn mailer(&self) -> Result<Mailer, String> {
        match &self.smtp {
            Some(url) => Mailer::smtp(url, &self.mail_from),
            None => Mailer::folder(self.data.join("mail"), &self.mail_from),
        }
    }

    /// Where attachments lie by the settings.
    pub fn store(&self) -> Result<Store, String> {
        Store::open(self.files.as_deref(), &self.data.join("files"))
    }

    /// Whether people reach Rapport by https: then cookies are marked secure.
    pub fn is_https(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_settings_it_is_a_file_beside_the_user() {
        let config = Config::read(|_| None).unwrap();
        assert!(matches!(config.database, Address::Sqlite(path) if path == "./data/rapport.db"));
        assert_eq!(config.base_url, "http://127.0.0.1:8080");
    }

    #[test]
    fn a_wrong_setting_is_named_with_what_to_write() {
        let with = |name: &'static str, value: &'static str| {
            Config::read(move |asked| (asked == name).then(|| value.to_owned())).unwrap_err()
        };
        assert!(with("DATABASE_URL", "mysql://x").contains("DATABASE_URL"));
        assert!(with("RAPPORT_BASE_URL", "rapport").contains("https://"));
        assert!(with("RAPPORT_BIND", "8080").contains("RAPPORT_BIND"));
    }
}
