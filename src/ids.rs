//! One type per id, so that a contact's id can't be passed where a card's is meant.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[serde(transparent)]
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB> for $name
        where
            i64: diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                i64::from_sql(bytes).map(Self)
            }
        }

        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::BigInt, DB> for $name
        where
            i64: diesel::serialize::ToSql<diesel::sql_types::BigInt, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                self.0.to_sql(out)
            }
        }
    )+};
}

ids! {
    /// A person with a log-in, over all workspaces.
    UserId,
    /// A workspace: the wall around everything in it.
    WorkspaceId,
    /// A one-time link.
    LinkId,
    /// A sign-in on one device.
    SessionId,
    /// An API token.
    TokenId,
    /// A person won over by direct message.
    ContactId,
    /// A contact's account on a channel.
    HandleId,
    /// A label on contacts.
    TagId,
    /// A note somebody wrote on a contact.
    NoteId,
    /// Two contacts made one.
    MergeId,
    /// Something that happened.
    EventId,
    /// A conversation with one contact on one channel.
    ThreadId,
    /// One message of a thread.
    MessageId,
    /// What was sent with a message.
    AttachmentId,
    /// Text with variables.
    TemplateId,
    /// Ordered stages for one kind of contact.
    PipelineId,
    /// One step of a pipeline.
    StageId,
    /// One reminder of a stage's cadence.
    StepId,
    /// A contact's way through a pipeline.
    CardId,
    /// A card's stay in a stage.
    VisitId,
    /// A follow-up someone owes.
    ReminderId,
    /// One import of a file.
    ImportId,
    /// A person in an import's preview.
    CandidateId,
    /// A piece of work to be done.
    JobId,
    /// An outgoing mail.
    MailId,
}
