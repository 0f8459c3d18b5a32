//! Imports and how they stand; they are begun and undone on their page or from the command line.

use super::{
    Api, Told,
    views::{self, ImportList},
};
use crate::imports;

/// The workspace's imports, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/imports",
    tag = "imports",
    operation_id = "list_imports",
    responses((status = 200, description = "The last 100 imports; there is no further page.", body = ImportList))
)]
pub async fn list(api: Api) -> Told<ImportList> {
    api.read(|tx| {
        let items: Vec<views::Import> = imports::list(tx)?.into_iter().map(views::Import::from).collect();
        Ok(ImportList::from(items))
    })
    .await
}
