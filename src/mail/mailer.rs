//! How a mail leaves: by SMTP, as a file in a folder, or into memory in tests.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lettre::{
    Message, SmtpTransport, Transport,
    message::{Mailbox, MultiPart, SinglePart, header},
};

use super::Mail;

/// Mails kept in memory, for tests.
pub type Outbox = Arc<Mutex<Vec<Vec<u8>>>>;

/// A way out for mail.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(SmtpTransport),
    Folder(PathBuf),
    Memory(Outbox),
}

impl Mailer {
    /// By SMTP, as lettre reads the URL.
    pub fn smtp(url: &str, from: &str) -> Result<Self, String> {
        let transport = SmtpTransport::from_url(url)
            .map_err(|error| {
                format!("SMTP_URL: {error}. Write it like smtp://user:password@mail.example.com:587?tls=required.")
            })?
            .timeout(Some(Duration::from_secs(20)))
            .build();
        Ok(Self { from: sender(from)?, way: Way::Smtp(transport) })
    }

    /// As `.eml` files in a folder, which is made when needed.
    pub fn folder(path: PathBuf, from: &str) -> Result<Self, String> {
        Ok(Self { from: sender(from)?, way: Way::Folder(path) })
    }

    /// Into memory.
    pub fn memory(outbox: Outbox) -> Self {
        let from = Mailbox::new(
            Some("Rapport".into()),
            lettre::Address::new("rapport", "localhost").unwrap_or_else(|_| unreachable!()),
        );
        Self { from, way: Way::Memory(outbox) }
    }

    /// The folder that mails are written to instead of being sent.
    pub fn folder_path(&self) -> Option<&PathBuf> {
        match &self.way {
            Way::Folder(path) => Some(path),
            _ => None,
        }
    }

    /// Whether mail leaves by SMTP.
    pub fn is_smtp(&self) -> bool {
        matches!(self.way, Way::Smtp(_))
    }

    /// Whether the mail server answers; a folder always does.
    pub fn check(&self) -> Result<(), String> {
        match &self.way {
            Way::Smtp(transport) => match transport.test_connection() {
                Ok(true) => Ok(()),
                Ok(false) => Err("the mail server closed the connection".into()),
                Err(error) => Err(error.to_string()),
            },
            Way::Folder(path) => std::fs::create_dir_all(path).map_err(|error| error.to_string()),
            Way::Memory(_) => Ok(()),
        }
    }

    /// Hands the mail over. The error is what the mail server said. Blocks for up to 20 seconds a step.
    pub fn deliver(&self, mail: &Mail) -> Result<(), String> {
        let message = self.message(mail)?;
        match &self.way {
            Way::Smtp(transport) => transport.send(&message).map(drop).map_err(|error| error.to_string()),
            Way::Folder(path) => {
                let written = std::fs::create_dir_all(path).and_then(|()| {
                    std::fs::write(path.join(format!("{:06}-{}.eml", mail.id.0, mail.kind)), message.formatted())
                });
                written.map_err(|error| error.to_string())
            }
            Way::Memory(outbox) => {
                outbox.lock().unwrap_or_else(PoisonError::into_inner).push(message.formatted());
                Ok(())
            }
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, String> {
        let to: Mailbox = mail.recipient.parse().map_err(|error| format!("{}: {error}", mail.recipient))?;
        let host = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&mail.subject)
            .message_id(Some(format!("<{}@{host}>", mail.message_id)))
            .raw_header(raw("Auto-Submitted", "auto-generated"));
        if let Some(url) = &mail.unsubscribe {
            // RFC 8058: both headers, an https address that identifies the mailing by itself, acted on by POST.
            builder = builder
                .raw_header(raw("List-Unsubscribe", &format!("<{url}>")))
                .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let built = match &mail.body_html {
            Some(html) => builder.multipart(MultiPart::alternative_plain_html(mail.body_text.clone(), html.clone())),
            None => builder.singlepart(SinglePart::plain(mail.body_text.clone())),
        };
        built.map_err(|error| error.to_string())
    }
}

fn sender(from: &str) -> Result<Mailbox, String> {
    from.parse().map_err(|error| format!("RAPPORT_MAIL_FROM: {error}. Write it like Rapport <rapport@example.com>."))
}

fn raw(name: &'static str, value: &str) -> header::HeaderValue {
    header::HeaderValue::new(header::HeaderName::new_from_ascii_str(name), value.to_owned())
}
