//! How mail leaves and what became of it: the delivery log, a test, trying again, and the end of a hold.

use actix_web::web::Path;
use askama::Template;

use crate::{
    access::Right,
    accounts,
    config::Config,
    db::{Instant, Tx},
    error::{Error, Result},
    ids::MailId,
    mail::{self, Mail, Mailer},
    queue, secrets,
    timeline::{Change, Verb, record},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell},
    worker::Presence,
    workspaces,
};

/// What the page says about the way out.
struct Way {
    folder: Option<String>,
    server: String,
    from: String,
}

impl Way {
    fn of(config: &Config, mailer: &Mailer) -> Self {
        // The setting holds a password: only the host is shown.
        let url = config.smtp.as_deref().and_then(|text| url::Url::parse(text).ok());
        let server = url.as_ref().and_then(url::Url::host_str).unwrap_or("your mail server").to_owned();
        Self { folder: folder(mailer), server, from: config.mail_from.clone() }
    }
}

fn folder(mailer: &Mailer) -> Option<String> {
    let path = mailer.folder_path()?;
    Some(std::path::absolute(path).as_ref().unwrap_or(path).display().to_string())
}

/// What is to be added after “sent”: where the file lies when mail is files, and whether sending is held. Begins
/// with a space; empty when there is nothing to add.
pub(super) fn whither(tx: &mut Tx<'_>, mailer: &Mailer) -> Result<String> {
    let mut words = String::new();
    if let Some(folder) = folder(mailer) {
        words.push_str(&format!(" No mail server is set up, so it lies as a file in {folder}."));
    }
    if tx.system().setting("hold")?.is_some() {
        words.push_str(" It leaves when sending is released, under Settings, Mail.");
    }
    Ok(words)
}

#[derive(Template)]
#[template(path = "settings/mail.html")]
struct MailPage {
    shell: Shell,
    form: Form,
    way: Way,
    held: bool,
    /// Whether nobody does the work that mails wait for.
    waits: bool,
    mails: Vec<Mail>,
    parked: Vec<(String, Option<String>, Instant)>,
}

impl MailPage {
    fn is_any_unsent(&self) -> bool {
        self.mails.iter().any(|mail| mail.state != "sent" && mail.state != "failed")
    }

    fn at<'a>(&self, mail: &'a Mail) -> &'a Instant {
        mail.sent_at.as_ref().unwrap_or(&mail.created_at)
    }

    fn kind(&self, mail: &Mail) -> &'static str {
        match mail.kind.as_str() {
            "digest" => "Digest",
            "invitation" => "Invitation",
            "reset" => "Password reset",
            "test" => "Test",
            _ => "Mail",
        }
    }

    fn is_sent(&self, mail: &Mail) -> bool {
        mail.state == "sent"
    }

    fn state(&self, mail: &Mail) -> &'static str {
        match (mail.state.as_str(), mail.attempts) {
            ("sent", _) if self.way.folder.is_some() => "Written",
            ("sent", _) => "Sent",
            ("failed", _) => "Given up",
            _ if self.held => "Held",
            (_, 0) => "Waiting",
            _ => "Being retried",
        }
    }

    fn chip(&self, mail: &Mail) -> &'static str {
        match mail.state.as_str() {
            "sent" => "won",
            "failed" => "lost",
            _ => "open",
        }
    }

    fn job(&self, kind: &str) -> &'static str {
        match kind {
            "notify" => "Notice of a reminder",
            "digest" => "Digest",
            "deliver" => "Delivery of a mail",
            "preview" => "Preview of an import",
            "import" => "Import",
            "undo" => "Undo of an import",
            _ => "Other work",
        }
    }
}

fn show_view(page: Page<'_, '_>, way: Way) -> Result<String> {
    let Page { tx, shell, form } = page;
    let page = MailPage {
        mails: mail::log(tx)?,
        parked: queue::parked_in(tx)?,
        held: tx.system().setting("hold")?.is_some(),
        waits: Presence::look(&mut tx.system())?.is_missing(),
        shell,
        form,
        way,
    };
    Ok(page.render()?)
}

/// The delivery log and the way mail leaves.
pub async fn show(ctx: Ctx) -> Result<Reply, Failure> {
    let way = Way::of(&ctx.app.config, &ctx.app.mailer);
    ctx.page(move |page| show_view(page, way)).await
}

/// Sends the acting owner a mail that shows whether mail arrives.
pub async fn test(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let (way, mailer) = (Way::of(&ctx.app.config, &ctx.app.mailer), ctx.app.mailer.clone());
    ctx.act(
        fields,
        move |tx, _| {
            tx.access().require(Right::Own)?;
            if workspaces::workspace(tx)?.demo {
                let words = "Nothing is ever sent from the demo. Test the mail in your own workspace.";
                return Err(Error::invalid("", words));
            }
            let (me, workspace) = (tx.access().person()?, tx.workspace());
            let email = accounts::user(&mut tx.system(), me)?.email;
            let letter = mail::test_mail(workspace, me, &email, &secrets::key())?;
            mail::post(&mut tx.system(), letter)?;
            let whither = whither(tx, &mailer)?;
            Ok(Done::go("settings/mail").say(format!("A test mail for {email} is on its way.{whither}")))
        },
        move |page| show_view(page, way),
    )
    .await
}

/// Tries a mail of this workspace's log again.
pub async fn resend(ctx: Ctx, path: Path<(String, MailId)>, fields: Fields) -> Result<Reply, Failure> {
    let way = Way::of(&ctx.app.config, &ctx.app.mailer);
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let again = mail::log(tx)?.into_iter().find(|mail| mail.id == id).ok_or(Error::NotFound)?;
            mail::resend(&mut tx.system(), again.id)?;
            let after = serde_json::json!({"to": again.recipient, "subject": again.subject});
            record(tx, Verb::MailResent, Change::of(again.id.0).after(after))?;
            Ok(Done::go("settings/mail").say(format!("The mail to {} is being tried again.", again.recipient)))
        },
        move |page| show_view(page, way),
    )
    .await
}

/// Ends the hold that a restored backup puts on all sending.
pub async fn release(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let way = Way::of(&ctx.app.config, &ctx.app.mailer);
    ctx.act(
        fields,
        |tx, _| {
            tx.access().require(Right::Own)?;
            tx.system().clear_setting("hold")?;
            queue::hasten_mails(&mut tx.system())?;
            record(tx, Verb::SendingReleased, Change::default())?;
            Ok(Done::go("settings/mail").say("Sending is released. What waited leaves now."))
        },
        move |page| show_view(page, way),
    )
    .await
}
