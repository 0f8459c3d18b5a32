//! A request's context: whose it is, and the two ways to serve it, reading a page and doing something.
//!
//! The session is looked up in the transaction that serves the page: one hop to a blocking thread, one snapshot.

use std::sync::Arc;

use actix_web::{
    FromRequest, HttpRequest,
    cookie::{Cookie, SameSite},
    dev::Payload,
    http::StatusCode,
    web,
};
use askama::Template;

use super::{
    Done,
    fields::Fields,
    missing::Missing,
    reply::{Failure, Reply},
    view::{Flash, Form, Page, Shell},
};
use crate::{
    access::{Access, Origin},
    accounts::{self, Session},
    attachments::Store,
    calendar::Day,
    config::Config,
    db::{Db, Sys, Tx},
    error::{Error, Result},
    idempotency,
    mail::Mailer,
    reminders, secrets, threads, workspaces,
};

/// What the whole server shares.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The settings.
    pub config: Arc<Config>,
    /// The way out for mail.
    pub mailer: Mailer,
    /// Where attachments lie.
    pub store: Store,
}

/// For how long at least a form that is sent again is the same one, in seconds.
const SECONDS: i64 = 3;

/// The session cookie's name. `__Host-` binds it to this host and to https; plain http can't have it.
pub fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-rapport" } else { "rapport" }
}

/// One request.
#[derive(Clone)]
pub struct Ctx {
    /// What the server shares.
    pub app: App,
    key: Option<String>,
    slug: Option<String>,
    theme: String,
    address: String,
    /// The page asked for, or that a form stood on, to come back to after signing in.
    pub path: String,
    /// What was asked for: method and address.
    asked: String,
    /// The browser, as it names itself.
    pub agent: String,
}

impl FromRequest for Ctx {
    type Error = Failure;
    type Future = std::future::Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let Some(app) = request.app_data::<web::Data<App>>() else {
            return std::future::ready(Err(Error::internal("the app is not configured").into()));
        };
        let https = app.config.is_https();
        let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
        let theme = request.cookie("theme").map_or_else(|| "system".into(), |cookie| cookie.value().to_owned());
        std::future::ready(Ok(Self {
            app: app.get_ref().clone(),
            key: request.cookie(cookie_name(https)).map(|cookie| cookie.value().to_owned()),
            // A slug with a NUL is nobody's, and PostgreSQL would not even look for it.
            slug: request.match_info().get("slug").filter(|slug| !slug.contains('\0')).map(ToOwned::to_owned),
            theme: if ["light", "dark"].contains(&theme.as_str()) { theme } else { "system".into() },
            address: super::limits::client_address(request),
            path: super::origin::page_of(request, &header("referer")),
            asked: format!("{} {}", request.method(), request.uri()),
            agent: header("user-agent"),
        }))
    }
}

/// Runs on a blocking thread; actix's own threads only shuffle bytes.
pub(super) async fn block<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    web::block(f).await.map_err(Error::internal)?
}

enum Who {
    Nobody,
    Someone(Session),
}

impl Ctx {
    fn who(&self, sys: &mut Sys<'_>) -> Result<Who> {
        let Some(key) = &self.key else { return Ok(Who::Nobody) };
        Ok(accounts::session(sys, key)?.map_or(Who::Nobody, Who::Someone))
    }

    fn to_login(&self) -> Reply {
        let next = Fields::default().with("next", &self.path);
        Reply::Go(if self.path == "/" { "/login".into() } else { format!("/login?{next}") })
    }

    fn shell(&self, tx: &mut Tx<'_>, session: &Session) -> Result<Shell> {
        let workspace = workspaces::workspace(tx)?;
        let day = Day::of(tx.now().utc(), session.user.zone());
        let owed = reminders::owed_count(tx, session.user.id, &day)?;
        let others = accounts::memberships(&mut tx.system(), session.user.id)?;
        Ok(Shell {
            assets: Shell::assets(),
            user: session.user.clone(),
            access: tx.access(),
            flash: flash_of(session)
                .filter(|flash| flash.slug.is_none() || flash.slug.as_ref() == Some(&workspace.slug)),
            workspace,
            others,
            owed,
            unread: threads::unread_count(tx, session.user.id)?,
            day,
            theme: self.theme.clone(),
            here: self.path.split(['/', '?']).nth(3).unwrap_or_default().to_owned(),
            held: tx.system().setting("hold")?.is_some(),
            mail_is_files: self.app.mailer.folder_path().is_some(),
        })
    }

    fn enter(&self, sys: &mut Sys<'_>, session: &Session) -> Result<Access> {
        let slug = self.slug.as_deref().ok_or(Error::NotFound)?;
        accounts::enter(sys, session.user.id, slug, Origin::Page)
    }

    /// Renders a page of the workspace.
    pub async fn page(
        self,
        view: impl FnOnce(Page<'_, '_>) -> Result<String> + Send + 'static,
    ) -> Result<Reply, Failure> {
        self.render(StatusCode::OK, Form::default(), view).await
    }

    async fn render(
        self,
        status: StatusCode,
        form: Form,
        view: impl FnOnce(Page<'_, '_>) -> Result<String> + Send + 'static,
    ) -> Result<Reply, Failure> {
        let ctx = self.clone();
        let (reply, session) = block(move || {
            self.app.db.clone().read_system(|sys| {
                let Who::Someone(mut session) = self.who(sys)? else { return Ok((self.to_login(), None)) };
                let access = self.enter(sys, &session)?;
                let tx = &mut sys.enter(access);
                let shell = self.shell(tx, &session)?;
                if shell.flash.is_none() {
                    session.flash = None;
                }
                let frame = shell.clone();
                let reply = match view(Page { tx, shell, form }) {
                    Ok(html) => Reply::Page(status, html),
                    // Whoever is at home here keeps the way on.
                    Err(Error::NotFound) => Reply::Page(StatusCode::NOT_FOUND, Missing::nowhere(frame).render()?),
                    Err(Error::Forbidden(words)) => {
                        Reply::Page(StatusCode::FORBIDDEN, Missing::not_theirs(frame, words).render()?)
                    }
                    Err(error) => return Err(error),
                };
                Ok((reply, Some(session)))
            })
        })
        .await?;
        if let Some(session) = session {
            // After the answer is ready, and only when there is something to note.
            actix_web::rt::spawn(async move {
                let noted = block(move || ctx.note_use(&session)).await;
                if let Err(error) = noted {
                    tracing::warn!(%error, "session could not be noted");
                }
            });
        }
        Ok(reply)
    }

    fn note_use(&self, session: &Session) -> Result<()> {
        if let Some(shown) = &session.flash {
            self.app.db.write_system(|sys| accounts::take_flash(sys, session.id, shown))?;
        }
        accounts::touch(&self.app.db, session)
    }

    /// Does something in the workspace. When it is refused for what was filled in, `view` shows the form again with
    /// its values and problems.
    pub async fn act(
        self,
        fields: Fields,
        verb: impl FnOnce(&mut Tx<'_>, &Fields) -> Result<Done> + Send + 'static,
        view: impl FnOnce(Page<'_, '_>) -> Result<String> + Send + 'static,
    ) -> Result<Reply, Failure> {
        let (ctx, sent) = (self.clone(), fields.clone());
        let done = block(move || {
            self.app.db.clone().write_system(|sys| {
                let Who::Someone(session) = self.who(sys)? else { return Ok(self.to_login()) };
                let access = self.enter(sys, &session)?;
                let done = verb(&mut sys.enter(access), &fields)?;
                let slug = self.slug.as_deref().unwrap_or_default();
                let to = if done.to.starts_with('/') { done.to } else { format!("/w/{slug}/{}", done.to) };
                if !done.words.is_empty() {
                    // Told where it leads, which may be another workspace.
                    let slug = to.strip_prefix("/w/").and_then(|rest| rest.split(['/', '?']).next());
                    let slug = slug.map(ToOwned::to_owned).or_else(|| self.slug.clone());
                    let flash = Flash { words: done.words, undo: done.undo, back: to.clone(), slug };
                    accounts::flash(sys, session.id, &serde_json::to_string(&flash)?)?;
                }
                Ok(Reply::Go(to))
            })
        })
        .await;
        match done {
            Err(Error::Invalid(problems)) => {
                ctx.render(StatusCode::UNPROCESSABLE_ENTITY, Form::refused(sent, problems), view).await
            }
            Err(Error::Conflict(conflict)) => {
                ctx.render(StatusCode::CONFLICT, Form::in_conflict(sent, *conflict), view).await
            }
            // Told within the workspace; whoever isn't in it learns there no more than here.
            Err(error @ (Error::NotFound | Error::Forbidden(_))) => {
                ctx.render(StatusCode::OK, Form::default(), |_| Err(error)).await
            }
            other => Ok(other?),
        }
    }

    /// The same for a form that makes something: sent again as it is within some seconds, by an impatient hand or a browser,
    /// it makes it once.
    pub async fn make(
        self,
        fields: Fields,
        verb: impl FnOnce(&mut Tx<'_>, &Fields) -> Result<Done> + Send + 'static,
        view: impl FnOnce(Page<'_, '_>) -> Result<String> + Send + 'static,
    ) -> Result<Reply, Failure> {
        let request = secrets::key_hash(&format!("{} {}", self.asked, fields.with("", "")));
        self.act(
            fields,
            move |tx, fields| {
                let now = tx.now().utc().timestamp() / SECONDS;
                for since in [now, now - 1] {
                    if let Some((_, done)) = idempotency::recall(tx, &format!("form:{since}:{request}"), &request)? {
                        return Ok(serde_json::from_str(&done)?);
                    }
                }
                let done = verb(tx, fields)?;
                let told = serde_json::to_string(&done)?;
                idempotency::keep(tx, &format!("form:{now}:{request}"), &request, 303, &told)?;
                Ok(done)
            },
            view,
        )
        .await
    }

    /// Does something in the workspace for a script of ours; errors come as JSON.
    pub async fn act_json(
        self,
        verb: impl FnOnce(&mut Tx<'_>) -> Result<serde_json::Value> + Send + 'static,
    ) -> Result<Reply, Failure> {
        block(move || {
            self.app.db.clone().write_system(|sys| {
                let Who::Someone(session) = self.who(sys)? else {
                    return Err(Error::Forbidden("Your session has ended. Sign in again."));
                };
                let access = self.enter(sys, &session)?;
                verb(&mut sys.enter(access)).map(|value| Reply::Json(StatusCode::OK, value))
            })
        })
        .await
        .map_err(Failure::json)
    }

    /// Reads something in the workspace that is not a page.
    pub async fn read<T: Send + 'static>(
        self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        Ok(block(move || {
            self.app.db.clone().read_system(|sys| {
                let Who::Someone(session) = self.who(sys)? else { return Err(Error::NotFound) };
                let access = self.enter(sys, &session)?;
                f(&mut sys.enter(access))
            })
        })
        .await?)
    }

    /// Renders a page about the signed-in person, outside workspaces; strangers are sent to sign in.
    pub async fn my_page(
        self,
        view: impl FnOnce(&mut Sys<'_>, Mine) -> Result<String> + Send + 'static,
    ) -> Result<Reply, Failure> {
        self.my_render(StatusCode::OK, Form::default(), view).await
    }

    async fn my_render(
        self,
        status: StatusCode,
        form: Form,
        view: impl FnOnce(&mut Sys<'_>, Mine) -> Result<String> + Send + 'static,
    ) -> Result<Reply, Failure> {
        let ctx = self.clone();
        let (reply, session) = block(move || {
            self.app.db.clone().read_system(|sys| {
                let Who::Someone(session) = self.who(sys)? else { return Ok((self.to_login(), None)) };
                let mine = self.mine(sys, session.clone(), form)?;
                Ok((Reply::Page(status, view(sys, mine)?), Some(session)))
            })
        })
        .await?;
        if let Some(session) = session.filter(|session| session.flash.is_some()) {
            actix_web::rt::spawn(async move { block(move || ctx.note_use(&session)).await.ok() });
        }
        Ok(reply)
    }

    fn mine(&self, sys: &mut Sys<'_>, session: Session, form: Form) -> Result<Mine> {
        Ok(Mine {
            assets: Shell::assets(),
            theme: self.theme.clone(),
            memberships: accounts::memberships(sys, session.user.id)?,
            flash: flash_of(&session),
            day: Day::of(sys.now().utc(), session.user.zone()),
            session,
            form,
        })
    }

    /// Does something about the signed-in person, outside workspaces.
    pub async fn my_act(
        self,
        fields: Fields,
        verb: impl FnOnce(&mut Sys<'_>, &Session, &Fields) -> Result<Done> + Send + 'static,
        view: impl FnOnce(&mut Sys<'_>, Mine) -> Result<String> + Send + 'static,
    ) -> Result<Reply, Failure> {
        let (ctx, sent) = (self.clone(), fields.clone());
        let done = block(move || {
            self.app.db.clone().write_system(|sys| {
                let Who::Someone(session) = self.who(sys)? else { return Ok(self.to_login()) };
                let done = verb(sys, &session, &fields)?;
                if !done.words.is_empty() {
                    let flash = Flash { words: done.words, undo: done.undo, back: done.to.clone(), slug: None };
                    accounts::flash(sys, session.id, &serde_json::to_string(&flash)?)?;
                }
                Ok(Reply::Go(done.to))
            })
        })
        .await;
        match done {
            Err(Error::Invalid(problems)) => {
                ctx.my_render(StatusCode::UNPROCESSABLE_ENTITY, Form::refused(sent, problems), view).await
            }
            other => Ok(other?),
        }
    }

    /// The session of this request, if there is one alive.
    pub async fn session(&self) -> Result<Option<Session>, Failure> {
        let ctx = self.clone();
        Ok(block(move || {
            ctx.app.db.clone().read_system(|sys| {
                Ok(match ctx.who(sys)? {
                    Who::Nobody => None,
                    Who::Someone(session) => Some(session),
                })
            })
        })
        .await?)
    }

    /// The network address of whoever asks.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The theme of a page outside workspaces.
    pub fn theme(&self) -> &str {
        &self.theme
    }

    /// A cookie that starts a session with `key`.
    pub fn cookie(&self, key: String) -> Cookie<'static> {
        let https = self.app.config.is_https();
        Cookie::build(cookie_name(https), key)
            .path("/")
            .http_only(true)
            .secure(https)
            .same_site(SameSite::Lax)
            .max_age(actix_web::cookie::time::Duration::days(30))
            .finish()
    }

    /// A cookie that ends the session.
    pub fn no_cookie(&self) -> Cookie<'static> {
        let mut cookie = self.cookie(String::new());
        cookie.make_removal();
        cookie
    }
}

/// The frame of a page about the signed-in person.
#[derive(Debug, Clone)]
pub struct Mine {
    /// The hash that assets are served under.
    pub assets: &'static str,
    /// system, light or dark.
    pub theme: String,
    /// Their workspaces.
    pub memberships: Vec<accounts::Membership>,
    /// Words left by the action before.
    pub flash: Option<Flash>,
    /// Their day.
    pub day: Day,
    /// Their session.
    pub session: Session,
    /// The form as it was sent.
    pub form: Form,
}

fn flash_of(session: &Session) -> Option<Flash> {
    session.flash.as_deref().and_then(|text| serde_json::from_str(text).ok())
}
