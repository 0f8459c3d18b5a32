//! How each platform writes its profiles: hosts, paths that are profiles, paths that never are, rules for user names.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::{Channel, text::is_invisible};

/// What identifies an account, before it has a link.
pub(super) struct Found {
    pub(super) key: String,
    pub(super) username: Option<String>,
}

/// Everything that could end or bend a path is encoded; what user names are made of stays readable.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
const IN_MAILTO: &AsciiSet = &IN_PATH.remove(b'@').remove(b'+');

const DOMAINS: &[(Channel, &[&str])] = &[
    (Channel::Linkedin, &["linkedin.com", "lnkd.in"]),
    (Channel::Instagram, &["instagram.com", "instagr.am", "ig.me"]),
    (Channel::Messenger, &["messenger.com", "facebook.com", "fb.com", "m.me", "fb.me"]),
    (Channel::X, &["x.com", "twitter.com", "t.co"]),
];

/// Hosts whose links say nothing until they are followed, which is not done here.
const SHORTENERS: &[&str] = &["lnkd.in", "fb.me", "t.co"];

const NOT_ON_INSTAGRAM: &[&str] = &[
    "about",
    "accounts",
    "api",
    "ar",
    "developer",
    "direct",
    "explore",
    "emails",
    "graphql",
    "legal",
    "p",
    "press",
    "privacy",
    "reel",
    "reels",
    "s",
    "share",
    "stories",
    "terms",
    "tv",
    "web",
];
const NOT_ON_FACEBOOK: &[&str] = &[
    "ads",
    "ajax",
    "bookmarks",
    "business",
    "careers",
    "dialog",
    "directory",
    "e2ee",
    "events",
    "friends",
    "games",
    "gaming",
    "groups",
    "hashtag",
    "help",
    "home.php",
    "l.php",
    "legal",
    "live",
    "login",
    "login.php",
    "marketplace",
    "me",
    "media",
    "memories",
    "messages",
    "notifications",
    "pages",
    "people",
    "permalink.php",
    "photo",
    "photo.php",
    "photos",
    "plugins",
    "policies",
    "posts",
    "privacy",
    "profile.php",
    "public",
    "reel",
    "reels",
    "saved",
    "search",
    "settings",
    "share",
    "sharer",
    "sharer.php",
    "stories",
    "story.php",
    "terms",
    "videos",
    "watch",
];
const NOT_ON_X: &[&str] = &[
    "about",
    "account",
    "bookmarks",
    "communities",
    "compose",
    "download",
    "explore",
    "hashtag",
    "home",
    "i",
    "intent",
    "jobs",
    "login",
    "logout",
    "messages",
    "notifications",
    "oauth",
    "privacy",
    "search",
    "settings",
    "share",
    "signup",
    "tos",
    "who_to_follow",
];

/// The channel a host belongs to; `host` in lower case.
pub(super) fn channel_of(host: &str) -> Option<Channel> {
    DOMAINS
        .iter()
        .find(|(_, domains)| domains.iter().any(|domain| below(host, domain).is_some()))
        .map(|(channel, _)| *channel)
}

/// What to write for an account on that channel, for use after “Write”.
pub(super) const fn example(channel: Channel) -> &'static str {
    match channel {
        Channel::Linkedin => "a person's profile address, like linkedin.com/in/ana-li, or its last part, ana-li",
        Channel::Instagram => "a profile address, like instagram.com/ana.li, or a user name, like @ana.li",
        Channel::Messenger => "a profile address, like facebook.com/ana.li or m.me/ana.li, or a user name, like ana.li",
        Channel::X => "a profile address, like x.com/ana_li, or a user name, like @ana_li",
        Channel::Email => "an email address, like ana@example.com",
        Channel::Other => "an address or a name",
    }
}

/// The link of an account whose `key` came from here; for email and the four platforms only.
pub(super) fn url_of(channel: Channel, key: &str) -> String {
    let coded = utf8_percent_encode(key, IN_PATH);
    let number = key.strip_prefix("id:");
    match (channel, number) {
        (Channel::Linkedin, _) => format!("https://www.linkedin.com/in/{coded}"),
        (Channel::Instagram, _) => format!("https://www.instagram.com/{coded}"),
        (Channel::Messenger, Some(number)) => format!("https://www.facebook.com/profile.php?id={number}"),
        (Channel::Messenger, None) => format!("https://www.facebook.com/{coded}"),
        (Channel::X, Some(number)) => format!("https://x.com/i/user/{number}"),
        (Channel::X, None) => format!("https://x.com/{coded}"),
        (Channel::Email | Channel::Other, _) => format!("mailto:{}", utf8_percent_encode(key, IN_MAILTO)),
    }
}

/// The account an address on a host of `channel` leads to.
pub(super) fn from_url(channel: Channel, url: &Url) -> Result<Found, String> {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    if SHORTENERS.iter().any(|short| below(host, short).is_some()) {
        return Err("That's a short link. Open it and paste the address it leads to.".into());
    }
    let on_profile_host = DOMAINS
        .iter()
        .flat_map(|(_, domains)| domains.iter())
        .any(|domain| below(host, domain).is_some_and(is_front_door));
    if !on_profile_host {
        return Err(no_profile(channel));
    }
    let path = url.path_segments().into_iter().flatten().filter(|part| !part.is_empty());
    let mut path: Vec<String> = path.map(decoded).collect::<Result<_, _>>()?;
    if channel == Channel::Linkedin {
        path.iter_mut().filter(|part| !is_opaque(opaque(part))).for_each(|part| *part = part.to_lowercase());
    }
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match channel {
        Channel::Linkedin => linkedin(&path),
        Channel::Instagram => instagram(host, &path),
        Channel::Messenger => facebook(host, &path, url),
        Channel::X => x(&path, url),
        Channel::Email | Channel::Other => Err(no_profile(channel)),
    }
}

/// The account with that user name on one of the four platforms, without the `@`.
pub(super) fn from_name(channel: Channel, name: &str) -> Result<Found, String> {
    match channel {
        Channel::Linkedin => linkedin_slug(name.trim_start_matches('/').trim_start_matches("in/"), true),
        Channel::Instagram => instagram_name(name),
        Channel::Messenger => facebook_name(name),
        Channel::X => x_name(name),
        Channel::Email | Channel::Other => Err(no_profile(channel)),
    }
}

/// Percent-decoded UTF-8, or words.
pub(super) fn decoded(text: &str) -> Result<String, String> {
    percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| "The address holds characters that can't be read. Copy it again from the profile page.".into())
}

/// What stands before `domain` in `host`, without the dot; `None` when the host is elsewhere.
fn below<'a>(host: &'a str, domain: &str) -> Option<&'a str> {
    match host.strip_suffix(domain)? {
        "" => Some(""),
        front => front.strip_suffix('.'),
    }
}

/// Whether profiles are shown there: the plain site, its phone versions, its countries and languages.
fn is_front_door(subdomain: &str) -> bool {
    let letters =
        |part: &str, most: usize| (2..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase());
    match subdomain {
        "" | "www" | "m" | "mobile" | "mbasic" | "touch" | "web" | "business" => true,
        other => match other.split_once('-') {
            Some((language, country)) => letters(language, 2) && letters(country, 4),
            None => letters(other, 2),
        },
    }
}

fn no_profile(channel: Channel) -> String {
    format!("That's not a profile. Write {}.", example(channel))
}

fn conversation(channel: Channel) -> String {
    format!("That's a conversation, not a profile. Write {}.", example(channel))
}

fn linkedin(path: &[&str]) -> Result<Found, String> {
    let path = match path {
        ["mwlite" | "m" | "comm", rest @ ..] => rest,
        _ => path,
    };
    match path {
        ["in", slug, ..] => linkedin_slug(slug, false),
        ["profile", "in", slug, ..] => linkedin_slug(slug, false),
        // An old public address turns into today's by moving its three numbers to the end, last first.
        ["pub", name, a, b, c, ..] if [a, b, c].iter().all(|part| is_hex(part)) => {
            let a = if *a == "0" { "" } else { a };
            linkedin_slug(&format!("{name}-{c:0>3}{b:0>3}{a}"), false)
        }
        ["pub", name, ..] if *name != "dir" => linkedin_slug(name, false),
        ["sales", "lead" | "people" | "profile", id, ..] => {
            let id = opaque(id);
            if is_opaque(id) { linkedin_slug(id, false) } else { Err(no_profile(Channel::Linkedin)) }
        }
        ["messaging", ..] | ["sales", "inbox", ..] => Err(conversation(Channel::Linkedin)),
        ["company" | "school" | "showcase" | "organization", ..] | ["sales", "company" | "account", ..] => {
            Err(format!("That's the page of a company, not of a person. Write {}.", example(Channel::Linkedin)))
        }
        _ => Err(no_profile(Channel::Linkedin)),
    }
}

fn is_hex(part: &str) -> bool {
    (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Sales Navigator writes behind an id how it was found.
fn opaque(part: &str) -> &str {
    part.split(',').next().unwrap_or_default()
}

/// Member ids as exports and Sales Navigator write them. Their case matters, unlike that of a name.
fn is_opaque(slug: &str) -> bool {
    (slug.starts_with("ACoAA") || slug.starts_with("ACwAA"))
        && (15..=100).contains(&slug.len())
        && slug.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn linkedin_slug(slug: &str, coded: bool) -> Result<Found, String> {
    if is_opaque(slug) {
        return Ok(Found { key: slug.to_owned(), username: None });
    }
    let slug = if coded { decoded(slug)? } else { slug.to_owned() };
    let key: String = slug.to_lowercase().chars().filter(|c| !is_invisible(*c)).collect();
    let fits = |c: char| match c {
        '-' => true,
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        c => !c.is_control() && !c.is_whitespace(),
    };
    // Lower-casing once more catches letters whose form depends on a neighbour that was just removed.
    let key = key.to_lowercase();
    if !(1..=100).contains(&key.chars().count()) || !key.chars().all(fits) {
        return Err(format!("LinkedIn names hold letters, digits and hyphens. Write {}.", example(Channel::Linkedin)));
    }
    Ok(Found { username: Some(key.clone()), key })
}

fn instagram(host: &str, path: &[&str]) -> Result<Found, String> {
    match path {
        ["direct", ..] => Err(conversation(Channel::Instagram)),
        ["m", name, ..] if below(host, "ig.me").is_some() => instagram_name(name),
        _ if below(host, "ig.me").is_some() => Err(no_profile(Channel::Instagram)),
        ["_u" | "stories", name, ..] if *name != "highlights" => instagram_name(name),
        [name, ..] => instagram_name(name.strip_prefix('@').unwrap_or(name)),
        [] => Err(no_profile(Channel::Instagram)),
    }
}

fn instagram_name(name: &str) -> Result<Found, String> {
    let key = name.to_ascii_lowercase();
    if NOT_ON_INSTAGRAM.contains(&key.as_str()) {
        return Err(no_profile(Channel::Instagram));
    }
    let letters = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
    let dots = key.starts_with('.') || key.ends_with('.') || key.contains("..");
    if !letters || dots || !(1..=30).contains(&key.len()) {
        return Err(format!(
            "Instagram names hold up to 30 letters a to z, digits, underscores and single full stops. Write {}.",
            example(Channel::Instagram)
        ));
    }
    Ok(Found { username: Some(key.clone()), key })
}

fn facebook(host: &str, path: &[&str], url: &Url) -> Result<Found, String> {
    match path {
        ["e2ee", ..] | ["messages", "e2ee", ..] => Err(conversation(Channel::Messenger)),
        ["t", name] if below(host, "messenger.com").is_some() => facebook_name(name),
        ["messages", "t", name] | ["pg", name, ..] => facebook_name(name),
        ["messages", ..] => Err(conversation(Channel::Messenger)),
        ["profile.php"] => param(url, "id").as_deref().and_then(numbered).ok_or_else(|| no_profile(Channel::Messenger)),
        ["people" | "pages", _, id, ..] => numbered(id).ok_or_else(|| no_profile(Channel::Messenger)),
        ["p", name, ..] => name.rsplit('-').next().and_then(numbered).ok_or_else(|| no_profile(Channel::Messenger)),
        _ if below(host, "messenger.com").is_some() => Err(no_profile(Channel::Messenger)),
        [name, ..] => facebook_name(name),
        [] => Err(no_profile(Channel::Messenger)),
    }
}

fn facebook_name(name: &str) -> Result<Found, String> {
    if let Some(found) = numbered(name.strip_prefix("id:").unwrap_or(name)) {
        return Ok(found);
    }
    let lower = name.to_ascii_lowercase();
    let key = lower.replace('.', "");
    if [&lower, &key].iter().any(|form| NOT_ON_FACEBOOK.contains(&form.as_str())) {
        return Err(no_profile(Channel::Messenger));
    }
    let spelled = key.bytes().all(|b| b.is_ascii_alphanumeric()) && !key.bytes().all(|b| b.is_ascii_digit());
    if !spelled || lower.len() > 50 || matches!(key.as_str(), "t" | "p" | "pg") {
        return Err(format!(
            "Facebook names hold up to 50 letters a to z, digits and full stops. Write {}.",
            example(Channel::Messenger)
        ));
    }
    Ok(Found { username: Some(name.to_owned()), key })
}

fn x(path: &[&str], url: &Url) -> Result<Found, String> {
    let asked = |name: &str| param(url, name).as_deref().and_then(numbered);
    let nobody = || no_profile(Channel::X);
    match path {
        ["i", "user", id] => numbered(id).ok_or_else(nobody),
        ["messages", "compose"] => asked("recipient_id").ok_or_else(nobody),
        ["messages", ..] | ["i", "chat", ..] => Err(conversation(Channel::X)),
        ["intent", "user" | "follow"] => match (asked("user_id"), param(url, "screen_name")) {
            (Some(found), _) => Ok(found),
            (None, Some(name)) => x_name(&name),
            (None, None) => Err(nobody()),
        },
        [name, ..] => x_name(name.strip_prefix('@').unwrap_or(name)),
        [] => match url.fragment().and_then(|fragment| fragment.strip_prefix("!/")) {
            Some(name) => x_name(name.split(['/', '?']).next().unwrap_or(name)),
            None => Err(nobody()),
        },
    }
}

fn x_name(name: &str) -> Result<Found, String> {
    if let Some(found) = name.strip_prefix("id:").and_then(numbered) {
        return Ok(found);
    }
    let key = name.to_ascii_lowercase();
    if NOT_ON_X.contains(&key.as_str()) {
        return Err(no_profile(Channel::X));
    }
    if !(1..=15).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(format!(
            "X names hold up to 15 letters a to z, digits and underscores. Write {}.",
            example(Channel::X)
        ));
    }
    Ok(Found { username: Some(name.to_owned()), key })
}

/// An account known by the platform's own number only.
fn numbered(id: &str) -> Option<Found> {
    let digits = id.trim_start_matches('0');
    ((1..=25).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| Found { key: format!("id:{digits}"), username: None })
}

fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
