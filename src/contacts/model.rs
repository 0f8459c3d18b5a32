//! What a contact is and what may be said about one: kinds, turns, and the checked form of a contact's fields.

use crate::{
    calendar::parse_zone,
    channels::{self, Address, Channel},
    error::{Problems, Result},
};

crate::db::text_enum! {
    /// What kind of person a contact is; it can change, and the history stays one.
    pub enum Kind { Lead = "lead", Influencer = "influencer", Ambassador = "ambassador" }
}

impl Kind {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Lead => "Lead",
            Self::Influencer => "Influencer",
            Self::Ambassador => "Ambassador",
        }
    }

    /// For people, of several.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Lead => "Leads",
            Self::Influencer => "Influencers",
            Self::Ambassador => "Ambassadors",
        }
    }
}

crate::db::text_enum! {
    /// Whose move a contact or thread is.
    pub enum Turn { Ours = "ours", Theirs = "theirs", Nobody = "nobody" }
}

impl Turn {
    /// Derived from the last real messages each way: an automatic one counts for neither.
    pub fn of<T: Ord>(last_in: Option<T>, last_out: Option<T>) -> Self {
        match (last_in, last_out) {
            (None, None) => Self::Nobody,
            (Some(_), None) => Self::Ours,
            (None, Some(_)) => Self::Theirs,
            (Some(theirs), Some(ours)) if theirs > ours => Self::Ours,
            _ => Self::Theirs,
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ours => "Your turn",
            Self::Theirs => "Their turn",
            Self::Nobody => "Nobody’s",
        }
    }
}

/// A contact's fields as somebody typed them or a file gave them.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct ContactForm {
    /// The person's name; the only field that must be there.
    pub name: String,
    /// lead, influencer or ambassador.
    pub kind: String,
    /// Where they work.
    pub company: String,
    /// What they do there.
    pub title: String,
    /// Email address.
    pub email: String,
    /// Phone number, with country code unless it can be told.
    pub phone: String,
    /// IANA zone.
    pub timezone: String,
    /// Profile addresses, one to a line, or `channel: name`.
    pub handles: String,
}

/// A contact's fields, checked and normalised.
#[derive(Debug, Clone)]
pub struct Details {
    /// 1 to 200 characters.
    pub name: String,
    /// What kind of person.
    pub kind: Kind,
    /// At most 200 characters.
    pub company: Option<String>,
    /// At most 200 characters.
    pub title: Option<String>,
    /// As typed.
    pub email: Option<String>,
    /// As typed.
    pub phone: Option<String>,
    /// A known IANA zone.
    pub timezone: Option<String>,
    /// Their accounts on channels.
    pub handles: Vec<Address>,
}

impl Details {
    /// Somebody of whom only the name is known.
    pub fn named(name: &str, kind: Kind) -> Self {
        Self {
            name: channels::safe_text(name, 200).replace('\n', " "),
            kind,
            company: None,
            title: None,
            email: None,
            phone: None,
            timezone: None,
            handles: Vec::new(),
        }
    }

    /// What the email is matched by.
    pub fn email_key(&self) -> Option<String> {
        self.email.as_deref().and_then(|email| channels::email_key(email).ok())
    }

    /// What the phone number is matched by; none unless it is a whole number with its country.
    pub fn phone_key(&self) -> Option<String> {
        self.phone.as_deref().and_then(|phone| channels::phone_key(phone, None))
    }
}

impl ContactForm {
    /// Checks every field; all problems at once.
    pub fn check(&self) -> Result<Details> {
        let mut problems = Problems::default();
        let mut line = |field: &'static str, text: &str| {
            let text = channels::safe_text(text, 1000).replace('\n', " ");
            if text.chars().count() > 200 {
                problems.add(field, "Keep this under 200 characters.");
            }
            (!text.is_empty()).then_some(text)
        };
        let (name, company, title) =
            (line("name", &self.name), line("company", &self.company), line("title", &self.title));
        let (email, phone, zone) =
            (line("email", &self.email), line("phone", &self.phone), line("timezone", &self.timezone));
        if name.is_none() {
            problems.add("name", "Give the person's name.");
        }
        let kind = problems.take("kind", self.kind.parse::<Kind>());
        if let Some(email) = &email {
            problems.take("email", channels::email_key(email));
        }
        if phone.as_ref().is_some_and(|phone| phone.chars().filter(char::is_ascii_digit).count() < 5) {
            problems.add("phone", "This is not a phone number. Write it like +49 170 1234567.");
        }
        let zone =
            zone.and_then(|zone| problems.take("timezone", parse_zone(&zone))).map(|zone| zone.name().to_owned());
        let mut handles = Vec::new();
        for text in self.handles.lines().map(str::trim).filter(|text| !text.is_empty()).take(20) {
            if let Some(address) = problems.take("handles", parse_handle_line(text)) {
                handles.push(address);
            }
        }
        problems.check()?;
        Ok(Details {
            name: name.unwrap_or_default(),
            kind: kind.unwrap_or(Kind::Lead),
            company,
            title,
            email,
            phone,
            timezone: zone,
            handles,
        })
    }
}

/// Reads a profile address, or `instagram: name`.
pub fn parse_handle_line(text: &str) -> Result<Address, String> {
    if let Some((channel, name)) = text.split_once(':')
        && let Ok(channel) = channel.trim().to_lowercase().parse::<Channel>()
    {
        return channels::parse_handle(channel, name.trim());
    }
    if text.trim_start().starts_with('@') {
        return Err("Say where that name is, like instagram: @ana.li, or paste the profile’s address.".into());
    }
    channels::parse_profile(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_without_its_platform_is_no_address() {
        assert!(parse_handle_line("@some.name").is_err_and(|words| words.contains("instagram: @")));
        assert_eq!(parse_handle_line("instagram: @some.name").expect("a profile").channel, Channel::Instagram);
    }

    #[test]
    fn it_is_our_turn_when_their_last_word_is_newer_than_ours() {
        assert_eq!(Turn::of::<i32>(None, None), Turn::Nobody);
        assert_eq!(Turn::of(Some(2), Some(1)), Turn::Ours);
        assert_eq!(Turn::of(Some(1), Some(2)), Turn::Theirs);
        assert_eq!(Turn::of(Some(1), None), Turn::Ours);
        assert_eq!(Turn::of(None, Some(1)), Turn::Theirs);
    }

    #[test]
    fn a_form_tells_all_its_problems_at_once() {
        let form = ContactForm {
            kind: "robot".into(),
            email: "nobody".into(),
            timezone: "Mars/Base".into(),
            ..ContactForm::default()
        };
        let Err(crate::error::Error::Invalid(problems)) = form.check() else { panic!("accepted") };
        let fields: Vec<_> = problems.iter().map(|p| p.field).collect();
        assert_eq!(fields, ["name", "kind", "email", "timezone"]);
    }
}
