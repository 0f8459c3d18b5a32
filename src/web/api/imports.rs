//! Imports and how they stand; they are begun on their page or from the command line, and undone on the page.

use super::{
    Api, Paging, Told,
    views::{self, ImportList},
};
use crate::{imports, web::Fields};

/// The workspace's imports, newest first; previews that were dropped are not among them.
#[utoipa::path(
    get,
    path = "/api/v1/imports",
    tag = "imports",
    operation_id = "list_imports",
    params(Paging),
    responses((status = 200, description = "A page of imports.", body = ImportList))
)]
pub async fn list(api: Api, query: Fields) -> Told<ImportList> {
    api.read(move |tx| {
        let page = imports::list(tx, &Paging::of(&query)?)?;
        Ok(ImportList::from(page.map(views::Import::from)))
    })
    .await
}
