//! The description of the API (OpenAPI 3.1), made from the handlers and the shapes of what they take and give.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use utoipa::{
    Modify, OpenApi, PartialSchema, ToSchema,
    openapi::{
        Content, KnownFormat, ObjectBuilder, Ref, RefOr, Required, ResponseBuilder, Schema, SchemaFormat, Type,
        path::{Operation, ParameterBuilder, ParameterIn},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::views;
use crate::{db::Instant, ids};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rapport",
        description = "People won over by direct message: contacts, pipelines, threads and follow-ups of one workspace. \
            Errors are RFC 9457 problem details; instants are RFC 3339 in UTC; what is due is a local date and time \
            with its zone."
    ),
    paths(
        super::contacts::list,
        super::contacts::create,
        super::contacts::show,
        super::contacts::edit,
        super::pipelines::list,
        super::cards::list,
        super::cards::open,
        super::cards::show,
        super::cards::move_to,
        super::cards::visits,
        super::threads::list,
        super::threads::start,
        super::threads::show,
        super::threads::messages,
        super::threads::log,
        super::reminders::list,
        super::reminders::plan,
        super::reminders::show,
        super::reminders::done,
        super::reminders::snooze,
        super::reminders::skip,
        super::templates::list,
        super::templates::create,
        super::imports::list,
        super::today::show
    ),
    components(schemas(views::ProblemDetails)),
    security(("token" = [])),
    modifiers(&Common)
)]
struct Description;

/// What all calls have in common: the token, problems, and keys for repeats.
struct Common;

impl Modify for Common {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token of one member of one workspace, made in the settings or with `rapport token add`.",
            ))
            .build();
        openapi.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(token));
        for item in openapi.paths.paths.values_mut() {
            if let Some(post) = &mut item.post {
                let header = ParameterBuilder::new()
                    .name("Idempotency-Key")
                    .parameter_in(ParameterIn::Header)
                    .required(Required::False)
                    .description(Some(
                        "1 to 200 visible ASCII characters. The same request with the same key within a day changes \
                         nothing more and gets the same answer, with `Idempotent-Replayed: true`.",
                    ))
                    .schema(Some(String::schema()))
                    .build();
                post.parameters.get_or_insert_default().push(RefOr::T(header));
            }
            for operation in [&mut item.get, &mut item.post, &mut item.patch].into_iter().flatten() {
                add_problem(operation);
            }
        }
    }
}

fn add_problem(operation: &mut Operation) {
    let schema = Ref::from_schema_name("ProblemDetails");
    let response = ResponseBuilder::new()
        .description(
            "Why it was refused: 400 unreadable, 401 no live token, 403 not yours to do, 404 not here, 409 changed \
             meanwhile, 413 too large, 422 something is wrong with a field.",
        )
        .content("application/problem+json", Content::new(Some(schema)))
        .build();
    operation.responses.responses.insert("default".into(), RefOr::T(response));
}

macro_rules! id_schemas {
    ($($id:ident),+ $(,)?) => {$(
        impl PartialSchema for ids::$id {
            fn schema() -> RefOr<Schema> {
                i64::schema()
            }
        }

        impl ToSchema for ids::$id {}
    )+};
}

id_schemas! {
    UserId, ContactId, HandleId, PipelineId, StageId, CardId, VisitId, ThreadId, MessageId, ReminderId, TemplateId,
    ImportId, AttachmentId,
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339 in UTC."))
            .into()
    }
}

impl ToSchema for Instant {}

static DOCUMENT: LazyLock<String> = LazyLock::new(|| Description::openapi().to_json().unwrap_or_default());

/// The description, for anybody.
pub async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;
    use crate::web::routes::ROUTES;

    fn described() -> Value {
        serde_json::from_str(&DOCUMENT).unwrap()
    }

    fn every<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                for (name, inside) in fields {
                    if name == key {
                        found.extend(inside.as_str());
                    }
                    every(inside, key, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|inside| every(inside, key, found)),
            _ => {}
        }
    }

    #[test]
    fn every_route_of_the_api_is_described_and_nothing_else() {
        let document = described();
        let routes: HashSet<(String, String)> = ROUTES
            .iter()
            .filter(|route| route.path.starts_with("/api/v1/") && !route.path.ends_with("openapi.json"))
            .map(|route| (route.path.to_owned(), route.method.to_owned()))
            .collect();
        let paths = document["paths"].as_object().unwrap();
        let told: HashSet<(String, String)> = paths
            .iter()
            .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (path.clone(), method.clone())))
            .collect();
        assert_eq!(told, routes);
    }

    #[test]
    fn the_description_is_of_this_version_and_asks_for_a_token() {
        let document = described();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    }

    #[test]
    fn every_reference_leads_to_a_schema() {
        let document = described();
        let mut references = Vec::new();
        every(&document, "$ref", &mut references);
        assert!(references.len() > 50);
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let document = described();
        let mut names = Vec::new();
        every(&document, "operationId", &mut names);
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }
}
