//! The workspace's own settings: its name, zone, working hours and currency; and the end of the demo.
//!
//! Members, pipelines, tokens and mail have their own files beside this one.

use askama::Template;
use chrono::{NaiveTime, Weekday};

use crate::{
    access::Right,
    calendar::{Weekdays, parse_zone},
    error::{Problems, Result},
    imports,
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell, Shown},
    workspaces::{self, Details, Workspace},
};

/// The fields that the form shows problems beside.
pub const SHOWN: &[&str] = &["workspace", "timezone", "work_from", "work_to", "work_days", "currency"];

const WEEK: [(Weekday, &str, &str); 7] = [
    (Weekday::Mon, "mon", "Monday"),
    (Weekday::Tue, "tue", "Tuesday"),
    (Weekday::Wed, "wed", "Wednesday"),
    (Weekday::Thu, "thu", "Thursday"),
    (Weekday::Fri, "fri", "Friday"),
    (Weekday::Sat, "sat", "Saturday"),
    (Weekday::Sun, "sun", "Sunday"),
];

/// A weekday's box.
struct DayBox {
    value: &'static str,
    label: &'static str,
    ticked: bool,
}

#[derive(Template)]
#[template(path = "settings/workspace.html")]
struct SettingsPage {
    shell: Shell,
    form: Form,
    days: Vec<DayBox>,
    address: String,
}

impl SettingsPage {
    fn zones(&self) -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    fn work_from(&self) -> String {
        clock(self.shell.workspace.work_from)
    }

    fn work_to(&self) -> String {
        clock(self.shell.workspace.work_to)
    }

    fn work_days(&self) -> String {
        Weekdays::from(self.shell.workspace.work_days).words()
    }
}

fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

fn show_view(page: Page<'_, '_>, base_url: &str) -> Result<String> {
    let Page { shell, form, .. } = page;
    let stored = Weekdays::from(shell.workspace.work_days);
    let days = WEEK
        .into_iter()
        .map(|(day, value, label)| DayBox {
            value,
            label,
            ticked: form.ticked("work_days", value, stored.contains(day)),
        })
        .collect();
    let address = format!("{base_url}/w/{}", shell.workspace.slug);
    Ok(SettingsPage { shell, form, days, address }.render()?)
}

fn read_form(fields: &Fields) -> Result<Details> {
    let mut problems = Problems::default();
    let work_from = problems.take("work_from", fields.required::<NaiveTime>("work_from"));
    let work_to = problems.take("work_to", fields.required::<NaiveTime>("work_to"));
    let mut work_days = Weekdays::default();
    for sent in fields.all("work_days") {
        match WEEK.iter().find(|(_, value, _)| *value == sent) {
            Some((day, ..)) => work_days = work_days.with(*day),
            None => problems.add("work_days", "Choose from the seven weekdays."),
        }
    }
    problems.check()?;
    let zone = fields.get("timezone").trim();
    Ok(Details {
        name: fields.get("workspace").trim().to_owned(),
        // Stored as the database of zones spells it; what can't be read is refused, with words, when it is saved.
        timezone: parse_zone(zone).map_or_else(|_| zone.to_owned(), |zone| zone.name().to_owned()),
        work_from: work_from.unwrap_or_default(),
        work_to: work_to.unwrap_or_default(),
        work_days,
        currency: fields.get("currency").trim().to_ascii_uppercase(),
    })
}

/// The workspace's settings: a form for owners, to read for everybody else.
pub async fn show(ctx: Ctx) -> Result<Reply, Failure> {
    let base_url = ctx.app.config.base_url.clone();
    ctx.page(move |page| show_view(page, &base_url)).await
}

fn shown(workspace: &Workspace) -> Shown {
    let hours = format!("{} to {}", workspace.work_from.format("%H:%M"), workspace.work_to.format("%H:%M"));
    let days = Weekdays::from(workspace.work_days).words();
    Shown::of([
        ("name", &workspace.name),
        ("zone", &workspace.timezone),
        ("working hours", &hours),
        ("working days", &days),
        ("currency", &workspace.currency),
    ])
}

/// Saves the workspace's settings.
pub async fn save(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let base_url = ctx.app.config.base_url.clone();
    ctx.act(
        fields,
        |tx, fields| {
            tx.access().require(Right::Own)?;
            shown(&workspaces::workspace(tx)?).refuse_stale(fields)?;
            workspaces::save(tx, &read_form(fields)?)?;
            Ok(Done::go("settings").say("Saved."))
        },
        move |page| show_view(page, &base_url),
    )
    .await
}

/// Removes the demo's workspace with all that is in it.
pub async fn remove_demo(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let base_url = ctx.app.config.base_url.clone();
    ctx.act(
        fields,
        |tx, _| {
            let access = tx.access();
            imports::forget_uploads(tx)?;
            let gone = workspaces::remove_demo(&mut tx.system(), access)?;
            Ok(Done::go("/").say(if gone {
                "The demo is gone, with everything in it."
            } else {
                "Nobody can enter the demo any more. It holds so much that removing it takes some minutes."
            }))
        },
        move |page| show_view(page, &base_url),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    const SENT: &str = "workspace=Fernweh&timezone=america/new+york&work_from=08:30&work_to=17:00&currency=eur";

    #[test]
    fn days_zone_and_currency_are_stored_as_they_are_spelt() {
        let details = read_form(&Fields::parse(&format!("{SENT}&work_days=mon&work_days=sun"))).unwrap();
        assert_eq!(details.timezone, "America/New_York");
        assert_eq!(details.currency, "EUR");
        assert_eq!(details.work_days.words(), "Mon, Sun");
        assert_eq!(clock(details.work_from), "08:30");
    }

    #[test]
    fn every_wrong_time_is_told_at_once() {
        let refused = read_form(&Fields::parse("workspace=Fernweh&work_from=late&work_days=someday")).unwrap_err();
        let Error::Invalid(problems) = refused else { panic!("{refused:?}") };
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["work_from", "work_to", "work_days"]);
    }
}
