//! Links out of Rapport: to a profile, to the place where one writes to somebody, and to a thread that a user pasted.
//! Nothing is fetched.

use url::Url;

use super::{
    Channel,
    handle::{Address, parse_handle},
    platforms::channel_of,
};

/// The longest thread link, in characters.
const LONGEST_LINK: usize = 2_000;

/// The address of the profile with that user name or key; `None` when it can't be one, and for free text.
pub fn profile_url(channel: Channel, username: &str) -> Option<String> {
    parse_handle(channel, username).ok()?.url
}

/// The page nearest to writing to that account; `None` when it is not on `channel` or has no page.
pub fn compose_url(channel: Channel, address: &Address) -> Option<String> {
    if address.channel != channel {
        return None;
    }
    if matches!(channel, Channel::Other) {
        return address.url.clone();
    }
    let profile = profile_url(channel, &address.key)?;
    let number = address.key.strip_prefix("id:");
    Some(match (channel, number) {
        (Channel::Instagram, _) => format!("https://ig.me/m/{}", address.key),
        (Channel::Messenger, number) => format!("https://m.me/{}", number.unwrap_or(&address.key)),
        (Channel::X, Some(number)) => format!("https://x.com/messages/compose?recipient_id={number}"),
        _ => profile,
    })
}

/// Where a thread takes place, for people: WhatsApp's by its own name, though it is no channel of its own.
pub fn place(channel: Channel, thread: Option<&str>) -> &'static str {
    let is_whatsapp = thread.is_some_and(|id| id.starts_with("whatsapp:"));
    if is_whatsapp { "WhatsApp" } else { channel.label() }
}

/// Where a conversation with this id is on its platform; none where the id doesn't tell.
pub fn thread_at(channel: Channel, id: &str) -> Option<String> {
    let known = channel == Channel::Linkedin && id.starts_with("2-") && id.len() <= 200;
    let mut url = Url::parse("https://www.linkedin.com/messaging/thread/").ok().filter(|_| known)?;
    url.path_segments_mut().ok()?.pop_if_empty().push(id).push("");
    Some(url.into())
}

/// Checks a thread link that a user pasted and returns it in one form: `https`, up to 2,000 characters, on a host of
/// `channel` (any host for email and other). The error says what to paste instead.
pub fn thread_url(channel: Channel, text: &str) -> Result<String, String> {
    let text = text.trim();
    let too_long = || format!("That link is longer than {LONGEST_LINK} characters. Paste a shorter one.");
    if text.is_empty() {
        return Err("Paste the link of the conversation.".into());
    }
    if text.chars().count() > LONGEST_LINK {
        return Err(too_long());
    }
    let url = match Url::parse(text) {
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            Url::parse(&format!("https://{}", text.trim_start_matches('/')))
        }
        parsed => parsed,
    };
    let mut url = url.map_err(|_| format!("That's not a link. Paste one like {}.", sample(channel)))?;
    if url.scheme() != "https" {
        return Err(format!(
            "Links that begin with “{}:” can't be used. Paste one that begins with https://.",
            url.scheme()
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("The link holds a log-in before the “@”. Paste it without that part.".into());
    }
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    if !host.contains('.') {
        return Err(format!("That's not a link. Paste one like {}.", sample(channel)));
    }
    if channel.is_private_message() {
        if channel_of(&host) != Some(channel) || url.port().is_some() {
            return Err(format!("That link is not on {}. Paste one like {}.", channel.label(), sample(channel)));
        }
        if leads_away(&host, url.path()) {
            return Err(format!("That link leads on to another site. Paste one like {}.", sample(channel)));
        }
        url.set_fragment(None);
    }
    let host = if channel == Channel::Linkedin { "www.linkedin.com" } else { host.as_str() };
    url.set_host(Some(host)).map_err(|_| format!("That's not a link. Paste one like {}.", sample(channel)))?;
    let link = String::from(url);
    if link.chars().count() > LONGEST_LINK { Err(too_long()) } else { Ok(link) }
}

/// Hosts and paths of the platforms that only pass visitors on, so that a link could hide where it goes.
fn leads_away(host: &str, path: &str) -> bool {
    let shim = ["l.", "lm.", "redirect."].iter().any(|front| host.starts_with(front));
    let short = ["lnkd.in", "fb.me", "t.co"].iter().any(|short| host == *short || host.ends_with(&format!(".{short}")));
    let path = path.to_ascii_lowercase();
    shim || short
        || ["/redir/", "/safety/go", "/l.php", "/flx/warn", "/linkshim"].iter().any(|front| path.starts_with(front))
}

fn sample(channel: Channel) -> &'static str {
    match channel {
        Channel::Linkedin => "https://www.linkedin.com/messaging/thread/2-abc/",
        Channel::Instagram => "https://www.instagram.com/direct/t/123/",
        Channel::Messenger => "https://www.messenger.com/t/123",
        Channel::X => "https://x.com/messages/123-456",
        Channel::Email | Channel::Other => "https://mail.example.com/thread/123",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whatsapp_goes_by_its_own_name() {
        let at = |id| place(Channel::Other, id);
        assert_eq!((at(Some("whatsapp:abc")), at(Some("abc")), at(None)), ("WhatsApp", "Other", "Other"));
        assert_eq!(place(Channel::X, Some("1-2")), Channel::X.label());
    }

    #[test]
    fn linkedins_id_of_a_conversation_tells_where_it_is() {
        let at = |id: &str| thread_at(Channel::Linkedin, id);
        assert_eq!(at("2-MGExYjJj==").as_deref(), Some("https://www.linkedin.com/messaging/thread/2-MGExYjJj==/"));
        assert_eq!(
            at("2-a/../../x?y").as_deref(),
            Some("https://www.linkedin.com/messaging/thread/2-a%2F..%2F..%2Fx%3Fy/")
        );
        assert_eq!((at("between:1"), at("invite:in:ana"), thread_at(Channel::X, "2-a")), (None, None, None));
    }
    use crate::channels::handle::parse_profile;

    #[test]
    fn profiles_have_one_address_each() {
        for (channel, name, expected) in [
            (Channel::Linkedin, "Zoë-Brandt", Some("https://www.linkedin.com/in/zo%C3%AB-brandt")),
            (Channel::Instagram, "@ana.li", Some("https://www.instagram.com/ana.li")),
            (Channel::Messenger, "id:12", Some("https://www.facebook.com/profile.php?id=12")),
            (Channel::Messenger, "ana.li", Some("https://www.facebook.com/anali")),
            (Channel::X, "Ana_Li", Some("https://x.com/ana_li")),
            (Channel::X, "id:12", Some("https://x.com/i/user/12")),
            (Channel::Email, "o'neil+tea?@example.com", Some("mailto:o%27neil+tea%3F@example.com")),
            (Channel::Instagram, "../p?", None),
            (Channel::Other, "ana at the fair", None),
        ] {
            assert_eq!(profile_url(channel, name).as_deref(), expected, "{channel:?} {name}");
        }
    }

    #[test]
    fn writing_starts_at_the_nearest_page_the_platform_has() {
        for (profile, expected) in [
            ("linkedin.com/in/ana-li", "https://www.linkedin.com/in/ana-li"),
            ("instagram.com/ana.li", "https://ig.me/m/ana.li"),
            ("facebook.com/ana.li", "https://m.me/anali"),
            ("facebook.com/profile.php?id=12", "https://m.me/12"),
            ("x.com/ana_li", "https://x.com/ana_li"),
            ("https://x.com/i/user/12", "https://x.com/messages/compose?recipient_id=12"),
            ("ana@example.com", "mailto:ana@example.com"),
            ("https://example.com/ana?tab=chat", "https://example.com/ana?tab=chat"),
        ] {
            let address = parse_profile(profile).unwrap();
            assert_eq!(compose_url(address.channel, &address).as_deref(), Some(expected), "{profile}");
        }
        let elsewhere = parse_profile("x.com/ana").unwrap();
        assert_eq!(compose_url(Channel::Instagram, &elsewhere), None);
    }

    #[test]
    fn a_thread_link_on_the_channels_own_host_is_kept_in_one_form() {
        for (channel, text, expected) in [
            (
                Channel::Linkedin,
                " https://de.linkedin.com/messaging/thread/2-YWJj_010==/#x ",
                "https://www.linkedin.com/messaging/thread/2-YWJj_010==/",
            ),
            (Channel::Instagram, "instagram.com/direct/t/17/", "https://instagram.com/direct/t/17/"),
            (Channel::Messenger, "https://www.facebook.com/messages/t/9", "https://www.facebook.com/messages/t/9"),
            (
                Channel::Messenger,
                "https://business.facebook.com/latest/inbox?x=1",
                "https://business.facebook.com/latest/inbox?x=1",
            ),
            (Channel::X, "HTTPS://X.com/messages/1-2", "https://x.com/messages/1-2"),
            (
                Channel::Email,
                "https://mail.google.com/mail/u/0/#inbox/Fab",
                "https://mail.google.com/mail/u/0/#inbox/Fab",
            ),
            (Channel::Other, "https://chat.example.com:8443/r/1", "https://chat.example.com:8443/r/1"),
        ] {
            assert_eq!(thread_url(channel, text).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn links_that_could_do_harm_or_lead_elsewhere_are_refused_with_words() {
        let long = format!("https://example.com/{}", "a".repeat(2_000));
        let swelling = format!("https://example.com/{}", "é".repeat(1_000));
        for (channel, text, word) in [
            (Channel::Other, "javascript:alert(1)", "https://"),
            (Channel::Other, "data:text/html,hi", "https://"),
            (Channel::Other, "http://example.com/1", "https://"),
            (Channel::Other, "https://ana@example.com/", "log-in"),
            (Channel::Other, "tea", "not a link"),
            (Channel::Other, "", "Paste"),
            (Channel::Other, long.as_str(), "longer"),
            (Channel::Other, swelling.as_str(), "longer"),
            (Channel::Linkedin, "https://linkedin.com.example.org/messaging", "not on LinkedIn"),
            (Channel::Linkedin, "https://evillinkedin.com/messaging", "not on LinkedIn"),
            (
                Channel::Linkedin,
                "https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fexample.org",
                "another site",
            ),
            (Channel::X, "https://t.co/abc", "another site"),
            (Channel::Messenger, "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org", "another site"),
            (Channel::Instagram, "https://www.facebook.com/messages/t/9", "not on Instagram"),
        ] {
            let words = thread_url(channel, text).expect_err(text);
            assert!(words.contains(word), "{text}: {words}");
        }
    }

    proptest! {
        #[test]
        fn a_checked_thread_link_is_safe_and_checks_to_itself(
            text in "\\PC{0,60}",
            host in "(linkedin|instagram|x|example)\\.com/",
        ) {
            for channel in Channel::ALL {
                for text in [text.clone(), format!("https://{host}{text}")] {
                    if let Ok(link) = thread_url(*channel, &text) {
                        prop_assert!(link.starts_with("https://"));
                        prop_assert_eq!(thread_url(*channel, &link), Ok(link.clone()));
                    }
                }
            }
        }
    }
}
