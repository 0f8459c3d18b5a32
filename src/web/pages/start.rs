//! A workspace's first page: ways to begin, and the checklist of first steps.

use askama::Template;

use crate::{
    error::Result,
    onboarding::{self, Item},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell},
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

    fn complete(&self) -> bool {
        onboarding::is_complete(&self.items)
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
