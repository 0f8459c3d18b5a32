//! Setting up: the first person with their first workspace, and further workspaces later.

use actix_web::{http::StatusCode, web::Path};
use askama::Template;
use chrono::{NaiveTime, Weekday};

use super::login::gate;
use crate::{
    access::{Access, Origin},
    accounts::{self, NewUser},
    calendar::{Weekdays, parse_zone},
    contacts::Kind,
    db::Sys,
    error::{Error, Problems, Result},
    onboarding::{self, Founding},
    web::{Ctx, Done, Failure, Fields, Form, Mine, Outside, Reply, context::block},
    workspaces::{self, Details},
};

/// The fields that the forms show problems beside.
pub const SHOWN: &[&str] =
    &["name", "email", "password", "workspace", "kinds", "timezone", "work_from", "work_to", "work_days"];

/// A weekday to be ticked.
pub(super) struct DayBox {
    /// Its short name, which is what the form sends.
    pub name: String,
    /// Whether it is ticked.
    pub ticked: bool,
}

/// A kind of people to be ticked.
struct KindBox {
    kind: Kind,
    title: &'static str,
    words: &'static str,
    ticked: bool,
}

/// What is asked about a workspace: the same at set-up and for a further one.
struct Asked {
    kinds: Vec<KindBox>,
    days: Vec<DayBox>,
}

impl Asked {
    fn of(form: &Form) -> Self {
        let kind = |kind: Kind, title, words| KindBox {
            kind,
            title,
            words,
            ticked: form.ticked("kinds", kind.as_str(), false),
        };
        Self {
            kinds: vec![
                kind(Kind::Lead, "LinkedIn leads", "From the first invitation to a meeting and a deal."),
                kind(Kind::Influencer, "Influencers", "From a shortlist over terms and product to the post."),
                kind(Kind::Ambassador, "Ambassadors", "From an invitation to people who speak for you all year."),
            ],
            days: day_boxes(Weekdays::ALL, |day| {
                form.ticked("work_days", &day.to_string(), Weekdays::WORKDAYS.contains(day))
            }),
        }
    }
}

/// Boxes for these weekdays.
pub(super) fn day_boxes(days: Weekdays, ticked: impl Fn(Weekday) -> bool) -> Vec<DayBox> {
    days.iter().map(|day| DayBox { name: day.to_string(), ticked: ticked(day) }).collect()
}

/// The weekdays ticked in a form.
pub(super) fn ticked_days(fields: &Fields, name: &str) -> Weekdays {
    fields.all(name).filter_map(|day| day.parse::<Weekday>().ok()).fold(Weekdays::default(), Weekdays::with)
}

/// Every zone's name, for a field that suggests them.
pub(super) fn zone_names() -> impl Iterator<Item = &'static str> {
    chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
}

/// A zone as it is called, however it was typed; what is no zone stays as it is, for the verb to refuse.
pub(super) fn zone_name(fields: &Fields, name: &str) -> String {
    let typed = fields.get(name).trim();
    parse_zone(typed).map_or_else(|_| typed.to_owned(), |zone| zone.name().to_owned())
}

fn time(fields: &Fields, name: &'static str, problems: &mut Problems) -> NaiveTime {
    fields.get(name).trim().parse().unwrap_or_else(|_| {
        problems.add(name, "Write a time like 09:00.");
        NaiveTime::default()
    })
}

fn read_founding(fields: &Fields, problems: &mut Problems) -> Founding {
    let mut details = Details::named(fields.get("workspace").trim(), &zone_name(fields, "timezone"));
    details.work_from = time(fields, "work_from", problems);
    details.work_to = time(fields, "work_to", problems);
    details.work_days = ticked_days(fields, "work_days");
    let chosen = |kind: &Kind| fields.all("kinds").any(|sent| sent == kind.as_str());
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(chosen).collect();
    if kinds.is_empty() {
        problems.add("kinds", "Choose at least one. The others can be added later.");
    }
    Founding { details, kinds }
}

/// Where a new workspace begins.
fn start_of(sys: &mut Sys<'_>, access: Access) -> Result<String> {
    Ok(workspaces::workspace(&mut sys.enter(access))?.path("start"))
}

#[derive(Template)]
#[template(path = "account/setup.html")]
struct SetupPage {
    outside: Outside,
    form: Form,
    asked: Asked,
}

fn setup_page(ctx: &Ctx, status: StatusCode, form: Form) -> Result<Reply, Failure> {
    let outside = Outside::new(ctx.theme(), Form::default());
    gate(status, &SetupPage { outside, asked: Asked::of(&form), form })
}

/// The form behind the link that is printed where Rapport was started.
pub async fn form(ctx: Ctx, path: Path<String>) -> Result<Reply, Failure> {
    let (db, key) = (ctx.app.db.clone(), path.into_inner());
    block(move || db.read_system(|sys| accounts::open_setup(sys, &key))).await?;
    setup_page(&ctx, StatusCode::OK, Form::default())
}

/// Makes the first person and their workspace, and signs them in. Of two at the same time, the second is told.
pub async fn set_up(ctx: Ctx, path: Path<String>, fields: Fields) -> Result<Reply, Failure> {
    let (asked, sent, key) = (ctx.clone(), fields.clone(), path.into_inner());
    match block(move || first_owner(&asked, &key, &fields)).await {
        Ok((cookie, to)) => Ok(Reply::Session { to, cookie: ctx.cookie(cookie) }),
        Err(Error::Invalid(problems)) => {
            setup_page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, Form::refused(sent, problems))
        }
        Err(other) => Err(other.into()),
    }
}

fn first_owner(ctx: &Ctx, key: &str, fields: &Fields) -> Result<(String, String)> {
    let db = &ctx.app.db;
    // Asked before the password is hashed: strangers can't make the server work.
    db.read_system(|sys| accounts::open_setup(sys, key))?;
    let mut problems = Problems::default();
    let (name, email) = (fields.get("name").trim(), fields.get("email").trim());
    let founding = read_founding(fields, &mut problems);
    let mut person =
        NewUser { email: email.into(), name: name.into(), timezone: founding.details.timezone.clone(), password: None };
    problems.gather(founding.details.check())?;
    problems.gather(person.check())?;
    let hashed = accounts::hash_password(fields.get("password"), &[name, email, &founding.details.name]);
    problems.gather(hashed.map(|hashed| person.password = Some(hashed)))?;
    problems.check()?;
    db.write_system(|sys| {
        let owner = accounts::redeem_setup(sys, key, person)?;
        let access = onboarding::found(sys, owner, &founding, Origin::Page)?;
        let cookie = accounts::start_session(sys, owner, &ctx.agent, ctx.address())?;
        Ok((cookie, start_of(sys, access)?))
    })
}

#[derive(Template)]
#[template(path = "account/workspace.html")]
struct WorkspacePage {
    outside: Outside,
    form: Form,
    asked: Asked,
    zone: String,
    first: Option<String>,
}

fn workspace_view(mine: Mine) -> Result<String> {
    let page = WorkspacePage {
        outside: Outside::new(&mine.theme, Form::default()),
        asked: Asked::of(&mine.form),
        form: mine.form,
        zone: mine.session.user.timezone,
        first: mine.memberships.into_iter().next().map(|membership| membership.slug),
    };
    Ok(page.render()?)
}

/// The form for a further workspace.
pub async fn workspace_form(ctx: Ctx) -> Result<Reply, Failure> {
    ctx.my_page(|_, mine| workspace_view(mine)).await
}

/// Founds a further workspace, owned by whoever is signed in.
pub async fn found(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    ctx.my_act(
        fields,
        |sys, session, fields| {
            let mut problems = Problems::default();
            let founding = read_founding(fields, &mut problems);
            problems.check()?;
            let access = onboarding::found(sys, session.user.id, &founding, Origin::Page)?;
            Ok(Done::go(start_of(sys, access)?).say(format!("{} is ready.", founding.details.name)))
        },
        |_, mine| workspace_view(mine),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_founding_is_read_with_every_problem_at_once() {
        let fields = Fields::parse(
            "workspace=Fernweh&timezone=europe/berlin&work_from=8&work_to=17:30&work_days=Mon&work_days=Wed",
        );
        let mut problems = Problems::default();
        let founding = read_founding(&fields, &mut problems);
        assert_eq!(founding.details.timezone, "Europe/Berlin");
        assert_eq!(founding.details.work_days.words(), "Mon, Wed");
        let Err(Error::Invalid(found)) = problems.check() else { panic!("nothing was noticed") };
        assert_eq!(found.iter().map(|problem| problem.field).collect::<Vec<_>>(), ["work_from", "kinds"]);
    }

    #[test]
    fn a_kind_sent_twice_counts_once() {
        let fields = Fields::parse("kinds=lead&kinds=lead&kinds=ambassador&kinds=pirate&work_from=09:00&work_to=17:00");
        let founding = read_founding(&fields, &mut Problems::default());
        assert_eq!(founding.kinds, [Kind::Lead, Kind::Ambassador]);
    }
}
