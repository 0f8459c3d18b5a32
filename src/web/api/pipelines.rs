//! Pipelines with their stages; they are arranged in the settings.

use super::{
    Api, Told,
    views::{self, PipelineList},
};
use crate::pipelines;

/// Every pipeline with its stages, in order.
#[utoipa::path(
    get,
    path = "/api/v1/pipelines",
    tag = "pipelines",
    operation_id = "list_pipelines",
    responses((status = 200, description = "All pipelines; there is no further page.", body = PipelineList))
)]
pub async fn list(api: Api) -> Told<PipelineList> {
    api.read(|tx| {
        let mut items = Vec::new();
        for row in pipelines::pipelines(tx)? {
            let stages = pipelines::stages(tx, row.id)?.into_iter().map(views::Stage::from).collect();
            let lost_reasons = row.lost_reasons();
            items.push(views::Pipeline { id: row.id, name: row.name, kind: row.kind, lost_reasons, stages });
        }
        Ok(PipelineList::from(items))
    })
    .await
}
