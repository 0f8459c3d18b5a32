//! Rows that are held against others until a transaction ends. PostgreSQL lets several write at once; SQLite lets one, and has
//! nothing to hold.

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Text},
};

use super::{Conn, Tx};
use crate::{
    error::Result,
    ids::{ContactId, MessageId, ThreadId},
};

impl Tx<'_> {
    /// Keeps contacts from being merged or removed by others, who may still write about them; waits for whoever is at it. In a
    /// transaction that reads, nothing.
    pub(crate) fn share(&mut self, contacts: &[ContactId]) -> Result<()> {
        let sql = "SELECT id FROM contacts WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR KEY SHARE";
        self.hold(sql, &contacts.iter().map(|id| id.0).collect::<Vec<_>>())
    }

    /// Has these contacts alone: others who write about them are waited for, and wait.
    pub(crate) fn have_alone(&mut self, contacts: &[ContactId]) -> Result<()> {
        // In one order, so that two who want the same ones don't wait for each other.
        let sql = "SELECT id FROM contacts WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE";
        self.hold(sql, &contacts.iter().map(|id| id.0).collect::<Vec<_>>())
    }

    /// The same for threads; after their contacts.
    pub(crate) fn have_threads_alone(&mut self, threads: &[ThreadId]) -> Result<()> {
        let sql = "SELECT id FROM threads WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE";
        self.hold(sql, &threads.iter().map(|id| id.0).collect::<Vec<_>>())
    }

    /// The same for messages; after their threads. Nobody makes one the evidence of a move, or attaches a file to it.
    pub(crate) fn have_messages_alone(&mut self, messages: &[MessageId]) -> Result<()> {
        let sql = "SELECT id FROM messages WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE";
        self.hold(sql, &messages.iter().map(|id| id.0).collect::<Vec<_>>())
    }

    /// Lets others who are about to do the same thing, told in words, wait until this is done: they see it then.
    pub(crate) fn in_turn(&mut self, what: &str) -> Result<()> {
        let workspace = self.workspace().0;
        if let (Conn::Pg(pg), true) = (&mut *self.conn, self.writes) {
            let query = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))");
            query.bind::<Text, _>(what).bind::<BigInt, _>(workspace).execute(pg)?;
        }
        Ok(())
    }

    fn hold(&mut self, sql: &str, ids: &[i64]) -> Result<()> {
        let workspace = self.workspace().0;
        if let (Conn::Pg(pg), true) = (&mut *self.conn, self.writes) {
            diesel::sql_query(sql).bind::<BigInt, _>(workspace).bind::<Array<BigInt>, _>(ids).execute(pg)?;
        }
        Ok(())
    }
}
