//! A workspace's first page: ways to begin, and the checklist of first steps.

use askama::Template;

use crate::{
    access::{Origin, Right, Role},
    accounts,
    db::Tx,
    demo::{self, Made},
    error::{Error, Result},
    onboarding::{self, Item},
    timeline::{Change, Verb, record},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell, context::block},
    worker::Worker,
    workspaces,
};

#[derive(Template)]
#[template(path = "start/show.html")]
struct StartPage {
    shell: Shell,
    form: Form,
    items: Vec<Item>,
}

impl StartPage {
    fn taken(&self) -> usize {
        self.items.iter().filter(|item| item.done).count()
    }
}

fn view(page: Page<'_, '_>) -> Result<String> {
    let items = onboarding::checklist(page.tx)?.unwrap_or_default();
    Ok(StartPage { shell: page.shell, form: page.form, items }.render()?)
}

/// The page.
pub async fn show(ctx: Ctx) -> Result<Reply, Failure> {
    ctx.page(view).await
}

/// Closes the checklist for good.
pub async fn close(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    ctx.act(
        fields,
        |tx, _| {
            onboarding::close(tx)?;
            Ok(Done::go("today").say("The checklist is closed. You know your way around."))
        },
        view,
    )
    .await
}

/// The demo that whoever asks has opened before.
fn mine(tx: &mut Tx<'_>) -> Result<Option<String>> {
    tx.access().require(Right::Own)?;
    let user = tx.access().person()?;
    let all = accounts::memberships(&mut tx.system(), user)?;
    Ok(all.into_iter().find(|workspace| workspace.demo).map(|workspace| workspace.slug))
}

/// Makes the demo's workspace, in which whoever asks takes over the work of its owner, and leads there.
pub async fn demo(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    // Whoever may not is answered as everywhere else, below.
    let may = ctx.clone().read(|tx| tx.access().require(Right::Own)).await.is_ok();
    let app = &ctx.app;
    let worker =
        Worker { db: app.db.clone(), config: app.config.clone(), mailer: app.mailer.clone(), store: app.store.clone() };
    // In steps of its own, at times long past: why it could not be made is told like any other refusal.
    if let Ok(Some(slug)) = ctx.clone().read(mine).await {
        return Ok(Reply::Go(format!("/w/{slug}/today")));
    }
    let told = block(move || Ok(may.then(|| demo::tell(&worker)))).await?;
    ctx.act(
        fields,
        move |tx, _| {
            tx.access().require(Right::Own)?;
            let Made { slug, email, .. } = told.ok_or(Error::NotFound)??;
            let user = tx.access().person()?;
            let sys = &mut tx.system();
            let workspace = workspaces::by_slug(sys, &slug)?.id;
            workspaces::join(sys, workspace, user, Role::Owner)?;
            let access = accounts::on_behalf(sys, workspace, user, Origin::Page)?;
            let heroine = accounts::user_by_email(sys, &email)?.ok_or(Error::NotFound)?.id;
            let there = &mut sys.enter(access);
            record(there, Verb::MemberChanged, Change::of(user.0).after(Role::Owner))?;
            // Her promises are theirs to keep: Today would be empty otherwise.
            workspaces::hand_work_over(there, heroine, user)?;
            Ok(Done::go(format!("/w/{slug}/today")).say("This is the demo. Your own workspace is in the menu on top."))
        },
        view,
    )
    .await
}
