//! What Rapport knows about each channel: its name, its limits, how an account or a thread on it is written and linked.
//!
//! Pure: nothing here touches the network, the clock or the database.

pub mod archives;
pub mod chats;
mod excerpt;
pub mod handle;
mod keys;
pub mod linkedin;
pub mod links;
mod markup;
mod platforms;
pub mod reactions;
pub mod spans;
mod text;

pub use excerpt::{Piece, excerpt, holds};
pub use handle::{Address, parse_handle, parse_profile};
pub use keys::{email_key, name_key, phone_key, spelled_key};
pub use links::{compose_url, place, profile_url, thread_at, thread_url};
pub use reactions::Reaction;
pub use spans::{Span, spans};
pub use text::{is_automatic_reply, plain, preview, safe_text};

crate::db::text_enum! {
    /// Where a conversation with a contact takes place.
    pub enum Channel {
        Linkedin = "linkedin",
        Instagram = "instagram",
        Messenger = "messenger",
        X = "x",
        Email = "email",
        Other = "other",
    }
}

crate::db::text_enum! {
    /// Which way a message went.
    pub enum Direction { In = "in", Out = "out" }
}

impl Channel {
    /// The name people know it by.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Linkedin => "LinkedIn",
            Self::Instagram => "Instagram",
            Self::Messenger => "Messenger",
            Self::X => "X",
            Self::Email => "Email",
            Self::Other => "Other",
        }
    }

    /// The name of its symbol in the icon set.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Linkedin => "linkedin",
            Self::Instagram => "instagram",
            Self::Messenger => "messenger",
            Self::X => "x",
            Self::Email => "mail",
            Self::Other => "other",
        }
    }

    /// The longest text one message may hold, in characters; `None` where the channel sets no limit.
    pub const fn text_limit(self) -> Option<usize> {
        match self {
            Self::Linkedin => Some(8_000),
            Self::Instagram => Some(1_000),
            Self::Messenger => Some(2_000),
            Self::X => Some(10_000),
            Self::Email | Self::Other => None,
        }
    }

    /// Whether it is one of Meta's.
    pub const fn is_metas(self) -> bool {
        matches!(self, Self::Instagram | Self::Messenger)
    }

    /// Whether what is written there is a direct message on a platform; false for email and what is noted by hand.
    pub const fn is_private_message(self) -> bool {
        matches!(self, Self::Linkedin | Self::Instagram | Self::Messenger | Self::X)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_has_its_own_label_and_icon() {
        for (at, channel) in Channel::ALL.iter().enumerate() {
            for other in &Channel::ALL[at + 1..] {
                assert_ne!(channel.label(), other.label());
                assert_ne!(channel.icon(), other.icon());
            }
        }
    }

    #[test]
    fn only_platforms_with_direct_messages_limit_the_text() {
        for channel in Channel::ALL {
            assert_eq!(channel.text_limit().is_some(), channel.is_private_message(), "{channel:?}");
        }
    }
}
