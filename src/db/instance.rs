//! Settings of the whole instance, as key and value: the hold on sending after a restore, the time-zone rules in use.

use diesel::prelude::*;

use super::{Multi, Sys, instance_wide::instance};
use crate::error::Result;

impl Sys<'_> {
    /// The value of an instance-wide setting.
    pub fn setting(&mut self, key: &str) -> Result<Option<String>> {
        Ok(instance::table.find(key).select(instance::value).get_result(self.conn()).optional()?)
    }

    /// Sets an instance-wide setting.
    pub fn set_setting(&mut self, key: &str, value: &str) -> Result<()> {
        Multi(
            diesel::insert_into(instance::table)
                .values((instance::key.eq(key), instance::value.eq(value)))
                .on_conflict(instance::key)
                .do_update()
                .set(instance::value.eq(value)),
        )
        .execute(self.conn())?;
        Ok(())
    }

    /// Forgets an instance-wide setting.
    pub fn clear_setting(&mut self, key: &str) -> Result<()> {
        diesel::delete(instance::table.find(key)).execute(self.conn())?;
        Ok(())
    }
}
