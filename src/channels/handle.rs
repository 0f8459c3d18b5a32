//! Which account somebody means: a pasted profile address or user name becomes one normalised identity per channel.
//!
//! The rules of each platform are in `platforms`, those for emails, phones and names in `keys`.

use url::Url;

use super::{
    Channel,
    platforms::{self, Found},
    text::{is_invisible, preview},
};

pub use super::keys::{email_key, name_key, phone_key};

/// The longest text that is looked at, in characters.
const LONGEST: usize = 500;

/// An account on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The channel it is on.
    pub channel: Channel,
    /// The identity: two addresses on one channel are the same account when their keys are equal.
    pub key: String,
    /// Where it can be seen, `https` (or `mailto:` for email); `None` for free text.
    pub url: Option<String>,
    /// The name people see, without `@`; `None` where only a number or an opaque id is known.
    pub username: Option<String>,
}

impl Address {
    fn new(channel: Channel, found: Found) -> Self {
        Self { channel, url: Some(platforms::url_of(channel, &found.key)), key: found.key, username: found.username }
    }
}

/// Reads a profile address of any channel, with or without `https://`; an unknown host counts as [`Channel::Other`].
/// The error says what to paste instead.
pub fn parse_profile(url: &str) -> Result<Address, String> {
    let text = bounded(url)?;
    if is_mail(text) {
        return email(text);
    }
    let url = web_address(text)?;
    match platforms::channel_of(host(&url)) {
        Some(channel) => platforms::from_url(channel, &url).map(|found| Address::new(channel, found)),
        None => other_url(&url),
    }
}

/// Reads a profile address or a user name for `channel`, up to 500 characters. The error says what to write instead.
pub fn parse_handle(channel: Channel, text: &str) -> Result<Address, String> {
    let text = bounded(text)?;
    match channel {
        Channel::Email => email(text),
        Channel::Other if looks_like_url(text) => other_url(&web_address(text)?),
        Channel::Other => free_text(text),
        _ if looks_like_url(text) => {
            let url = web_address(text)?;
            match platforms::channel_of(host(&url)) {
                Some(found) if found == channel => {
                    platforms::from_url(channel, &url).map(|found| Address::new(channel, found))
                }
                Some(found) => Err(format!(
                    "That address is on {}, not on {}. Choose {0} as the channel, or write {}.",
                    found.label(),
                    channel.label(),
                    platforms::example(channel)
                )),
                None => {
                    Err(format!("That address is not on {}. Write {}.", channel.label(), platforms::example(channel)))
                }
            }
        }
        _ => {
            let name = text.strip_prefix(['@', '＠']).unwrap_or(text).trim_end_matches('/');
            platforms::from_name(channel, name).map(|found| Address::new(channel, found))
        }
    }
}

/// The text without what sticks to it when copied, or words about its length.
fn bounded(text: &str) -> Result<&str, String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c) || matches!(c, '<' | '>'));
    if text.is_empty() {
        return Err("Write a profile address or a user name.".into());
    }
    if text.chars().count() > LONGEST {
        return Err(format!(
            "That is longer than {LONGEST} characters. Write only the profile address or the user name."
        ));
    }
    Ok(text)
}

fn is_mail(text: &str) -> bool {
    starts_with(text, "mailto:") || (text.contains('@') && !text.contains("//") && email_key(text).is_ok())
}

fn looks_like_url(text: &str) -> bool {
    let head = text.split(['/', '?', '#']).next().unwrap_or(text);
    text.contains("://")
        || text.starts_with("//")
        || starts_with(text, "www.")
        || (head.contains('.') && !head.contains(char::is_whitespace) && head.len() < text.len())
        || platforms::channel_of(&head.to_lowercase()).is_some()
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// A web address, `https` being assumed where no scheme is written.
fn web_address(text: &str) -> Result<Url, String> {
    let unreadable = || {
        format!(
            "“{}” is not a profile address. Write one like linkedin.com/in/ana-li or instagram.com/ana.li.",
            preview(text, 60)
        )
    };
    let whole = match text.strip_prefix("//") {
        Some(rest) => format!("https://{rest}"),
        None if text.contains("://") => text.to_owned(),
        None => format!("https://{text}"),
    };
    let url = Url::parse(&whole).map_err(|_| unreadable())?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(format!(
            "An address that begins with “{}:” can't be used. Write one that begins with https://.",
            url.scheme()
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("The address holds a log-in before the “@”. Write it without that part.".into());
    }
    if !host(&url).contains('.') {
        return Err(unreadable());
    }
    Ok(url)
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_end_matches('.')
}

fn email(text: &str) -> Result<Address, String> {
    let text = if starts_with(text, "mailto:") {
        let coded = text["mailto:".len()..].split('?').next().unwrap_or_default();
        platforms::decoded(coded)?
    } else {
        text.to_owned()
    };
    let key = email_key(&text)?;
    let username = Some(key.clone());
    Ok(Address::new(Channel::Email, Found { key, username }))
}

/// Host and path are the identity; the query stays in the link, in case the page needs it.
fn other_url(url: &Url) -> Result<Address, String> {
    let mut site = host(url);
    while let Some(rest) = site.strip_prefix("www.").filter(|rest| rest.contains('.')) {
        site = rest;
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let key = format!("{site}{port}{}", url.path().trim_end_matches('/'));
    if key.chars().count() > LONGEST {
        return Err(format!("That address is longer than {LONGEST} characters. Write a shorter one."));
    }
    let mut link = url.clone();
    link.set_fragment(None);
    Ok(Address { channel: Channel::Other, key, url: Some(link.into()), username: None })
}

fn free_text(text: &str) -> Result<Address, String> {
    let shown: String = text.chars().filter(|c| c.is_whitespace() || !(c.is_control() || is_invisible(*c))).collect();
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let key = shown.to_lowercase();
    if key.is_empty() || key.chars().count() > LONGEST {
        return Err(format!("Write a name or an address of up to {LONGEST} characters."));
    }
    Ok(Address { channel: Channel::Other, key, url: None, username: Some(shown) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::channels::links::profile_url;

    fn key(url: &str) -> String {
        let found = parse_profile(url).unwrap_or_else(|words| panic!("{url}: {words}"));
        format!("{}/{}", found.channel.as_str(), found.key)
    }

    #[test]
    fn profile_addresses_of_one_account_have_one_key() {
        let table: &[(&str, &[&str])] = &[
            (
                "linkedin/ana-li",
                &[
                    "https://www.linkedin.com/in/Ana-Li/?x=1",
                    "linkedin.com/in/ana-li",
                    "http://de.linkedin.com/in/ana-li/de",
                    "https://www.linkedin.com/in/ana-li/detail/recent-activity/#top",
                    "https://m.linkedin.com/in/ana-li",
                    "https://mobile.linkedin.com/in/ana-li/",
                    "https://www.linkedin.com/mwlite/in/ana-li",
                    "https://www.linkedin.com/comm/in/ana-li?trk=mail",
                    "//linkedin.com//in//ana-li",
                    "HTTPS://WWW.LINKEDIN.COM/IN/ANA-LI/",
                    "\u{feff} <https://www.LinkedIn.com/in/ana%2Dli> ",
                ],
            ),
            (
                "linkedin/zoë-brandt",
                &[
                    "https://www.linkedin.com/in/zo%C3%AB-brandt",
                    "linkedin.com/in/ZO%c3%8b-Brandt/",
                    "linkedin.com/in/zoë-brandt",
                ],
            ),
            (
                "linkedin/ana-li-a0198a3b",
                &["http://uk.linkedin.com/pub/ana-li/3b/98a/a01", "linkedin.com/in/ana-li-a0198a3b"],
            ),
            ("linkedin/ana-li-0b702a4", &["http://www.linkedin.com/pub/ana-li/4/2a/b7?trk=pub"]),
            ("linkedin/ana-li", &["http://www.linkedin.com/pub/ana-li"]),
            (
                "linkedin/ACwAABx3k4wBqQxyz_12-AbC",
                &[
                    "https://www.linkedin.com/sales/lead/ACwAABx3k4wBqQxyz_12-AbC,NAME_SEARCH,9kP2",
                    "https://www.linkedin.com/sales/people/ACwAABx3k4wBqQxyz_12-AbC%2CNAME_SEARCH?_ntb=1",
                    "https://www.linkedin.com/in/ACwAABx3k4wBqQxyz_12-AbC",
                ],
            ),
            (
                "instagram/ana.li_1",
                &[
                    "https://www.instagram.com/Ana.Li_1/?igsh=MzRlODBiNWFlZA==",
                    "instagram.com/ana.li_1",
                    "http://instagr.am/ana.li_1/",
                    "https://www.instagram.com/stories/ana.li_1/31415926535/",
                    "https://instagram.com/_u/ana.li_1",
                    "https://ig.me/m/ana.li_1",
                    "https://www.instagram.com/ana.li_1/reel/Cx1yz/",
                ],
            ),
            (
                "messenger/anali",
                &[
                    "https://www.facebook.com/ana.li",
                    "facebook.com/Ana.Li/about?locale=de_DE",
                    "https://m.me/ana.li?ref=x",
                    "fb.com/analI",
                    "https://de-de.facebook.com/analI",
                    "https://www.messenger.com/t/ana.li/",
                    "https://www.facebook.com/messages/t/ana.li",
                ],
            ),
            (
                "messenger/id:100012345",
                &[
                    "https://www.facebook.com/profile.php?id=100012345&sk=about",
                    "https://www.messenger.com/t/100012345",
                    "https://m.facebook.com/100012345",
                    "https://www.facebook.com/people/Ana-Li/100012345/",
                    "https://www.facebook.com/p/Ana-Li-100012345/",
                ],
            ),
            (
                "x/ana_li",
                &[
                    "https://x.com/Ana_Li",
                    "twitter.com/ana_li?s=21",
                    "https://mobile.twitter.com/ana_li/with_replies",
                    "https://x.com/ana_li/status/1234567890",
                    "https://twitter.com/#!/ana_li",
                    "https://x.com/@ana_li",
                    "https://twitter.com/intent/user?screen_name=ana_li",
                ],
            ),
            (
                "x/id:777",
                &[
                    "https://twitter.com/intent/user?user_id=777",
                    "https://x.com/i/user/777",
                    "https://x.com/messages/compose?recipient_id=777",
                ],
            ),
            ("email/ana@example.com", &["mailto:Ana@Example.com?subject=Hi", "ana@example.com"]),
            ("other/example.com/Ana", &["https://www.example.com/Ana/?a=1#b", "example.com/Ana", "EXAMPLE.com./Ana"]),
        ];
        for (expected, forms) in table {
            for form in *forms {
                assert_eq!(key(form), *expected, "{form}");
            }
        }
    }

    #[test]
    fn pages_that_are_nobodys_profile_are_refused_with_words() {
        for (address, word) in [
            ("https://www.linkedin.com/company/acme", "company"),
            ("https://www.linkedin.com/school/acme/", "company"),
            ("https://www.linkedin.com/messaging/thread/2-abc==/", "conversation"),
            ("https://www.linkedin.com/in/", "linkedin.com/in/ana-li"),
            ("https://www.linkedin.com/in/ana li", "linkedin.com/in/ana-li"),
            ("https://www.linkedin.com/in/%FF%FE", "can't be read"),
            ("https://lnkd.in/abc", "short link"),
            ("https://www.instagram.com/p/Cabc123/", "instagram.com/ana.li"),
            ("https://www.instagram.com/reel/Cabc123/", "instagram.com/ana.li"),
            ("https://www.instagram.com/explore/tags/tea", "instagram.com/ana.li"),
            ("https://www.instagram.com/stories/highlights/17/", "instagram.com/ana.li"),
            ("https://www.instagram.com/direct/t/123/", "conversation"),
            ("https://www.facebook.com/groups/tea", "facebook.com/ana.li"),
            ("https://www.facebook.com/profile.php", "facebook.com/ana.li"),
            ("https://www.messenger.com/e2ee/t/99", "conversation"),
            ("https://x.com/home", "x.com/ana_li"),
            ("https://x.com/i/lists/1", "x.com/ana_li"),
            ("https://twitter.com/search?q=tea", "x.com/ana_li"),
            ("https://t.co/abc", "short link"),
            ("javascript:alert(1)", "not a profile address"),
            ("ftp://example.com/ana", "https://"),
            ("https://ana:secret@example.com/", "log-in"),
            ("ana", "not a profile address"),
            ("", "Write"),
        ] {
            let words = parse_profile(address).expect_err(address);
            assert!(words.contains(word), "{address}: {words}");
        }
    }

    #[test]
    fn user_names_are_read_by_each_platforms_rules() {
        for (channel, text, expected) in [
            (Channel::Linkedin, "Ana-Li", Some("ana-li")),
            (Channel::Linkedin, "/in/ana-li/", Some("ana-li")),
            (Channel::Linkedin, "zo%C3%AB", Some("zoë")),
            (Channel::Linkedin, "ana li", None),
            (Channel::Linkedin, "ana/../li", None),
            (Channel::Instagram, "@Ana.Li", Some("ana.li")),
            (Channel::Instagram, "ana-li", None),
            (Channel::Instagram, "explore", None),
            (Channel::Instagram, "..", None),
            (Channel::Instagram, "a234567890123456789012345678901", None),
            (Channel::Messenger, "Ana.Li", Some("anali")),
            (Channel::Messenger, "id:12", Some("id:12")),
            (Channel::Messenger, "12", Some("id:12")),
            (Channel::Messenger, "1.2", None),
            (Channel::Messenger, "...", None),
            (Channel::Messenger, "he.lp", None),
            (Channel::X, "@Ana_Li", Some("ana_li")),
            (Channel::X, "id:12", Some("id:12")),
            (Channel::X, "ana_li_is_too_long", None),
            (Channel::X, "ana.li", None),
            (Channel::X, "https://instagram.com/ana", None),
            (Channel::Email, " ANA@example.com ", Some("ana@example.com")),
            (Channel::Other, "  Ana   at the fair ", Some("ana at the fair")),
            (Channel::Other, "https://Example.com/Ana/", Some("example.com/Ana")),
            (Channel::Other, "https://linkedin.com/company/acme", Some("linkedin.com/company/acme")),
        ] {
            assert_eq!(
                parse_handle(channel, text).ok().map(|found| found.key).as_deref(),
                expected,
                "{channel:?} {text}"
            );
        }
    }

    #[test]
    fn the_user_name_keeps_the_spelling_people_see() {
        let found = parse_handle(Channel::X, "@AnaLi").unwrap();
        assert_eq!((found.username.as_deref(), found.url.as_deref()), (Some("AnaLi"), Some("https://x.com/anali")));
        let found = parse_profile("facebook.com/Ana.Li").unwrap();
        assert_eq!((found.username.as_deref(), found.key.as_str()), (Some("Ana.Li"), "anali"));
        assert_eq!(parse_handle(Channel::X, "id:7").unwrap().username, None);
    }

    #[test]
    fn an_address_on_another_channel_names_that_channel() {
        let words = parse_handle(Channel::Linkedin, "instagram.com/ana").unwrap_err();
        assert!(words.contains("on Instagram, not on LinkedIn"), "{words}");
    }

    fn round_trip(channel: Channel, text: &str) {
        let Ok(found) = parse_handle(channel, text) else { return };
        if let Some(url) = &found.url {
            assert_eq!(
                parse_handle(channel, url).map(|again| again.key),
                Ok(found.key.clone()),
                "{channel:?} {text} {url}"
            );
        }
        if let Some(url) = profile_url(channel, &found.key) {
            assert_eq!(parse_handle(channel, &url).map(|again| again.key), Ok(found.key), "{channel:?} {text} {url}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_normalises_once_and_never_panics(text in any::<String>()) {
            let _ = parse_profile(&text);
            Channel::ALL.iter().for_each(|channel| round_trip(*channel, &text));
        }

        #[test]
        fn user_names_survive_the_way_through_their_address(text in "(id:)?[a-zA-Z0-9._%@:ÄßİΣ/-]{1,40}") {
            Channel::ALL.iter().for_each(|channel| round_trip(*channel, &text));
        }

        #[test]
        fn addresses_on_known_hosts_normalise_once(
            front in "(www\\.|de\\.|m\\.|)",
            site in "(linkedin\\.com|instagram\\.com|facebook\\.com|m\\.me|x\\.com|messenger\\.com|example\\.org)",
            path in "(/in|/pub|/t|/p|/people|/sales/lead|/stories|)(/[a-zA-Z0-9._%äé-]{0,12}){0,4}[?#]?[a-z=&0-9]{0,8}",
        ) {
            let text = format!("https://{front}{site}{path}");
            let _ = parse_profile(&text);
            Channel::ALL.iter().for_each(|channel| round_trip(*channel, &text));
        }
    }
}
