//! Starting the server.

use actix_web::{
    App as Web, Error, HttpServer,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    error::JsonPayloadError,
    http::StatusCode,
    middleware::{Compress, from_fn},
    web,
};

use super::{context::App, guard, routes};

/// The whole application with its routes, limits and guards, as it is served; benchmarks call the same one.
pub fn application(
    app: &App,
) -> Web<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    Web::new()
        .app_data(web::Data::new(app.clone()))
        .app_data(web::FormConfig::default().limit(2 * 1024 * 1024))
        .app_data(web::JsonConfig::default().limit(1024 * 1024).error_handler(|error, _| {
            let answer = match &error {
                JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
                    guard::plain_error(StatusCode::PAYLOAD_TOO_LARGE, true)
                }
                _ => {
                    let words = format!("The JSON can't be read: {error}.");
                    super::reply::problem(StatusCode::BAD_REQUEST, &words, &[], None)
                }
            };
            actix_web::error::InternalError::from_response(error, answer).into()
        }))
        .configure(routes::register)
        .wrap(from_fn(guard::with_words))
        .wrap(from_fn(guard::same_site))
        .wrap(guard::headers(app.config.is_https()))
        .wrap(Compress::default())
}

/// Serves until the process is told to stop. Returns once every answer in progress is out.
pub async fn serve(app: App, listener: std::net::TcpListener) -> std::io::Result<()> {
    HttpServer::new(move || application(&app))
        .workers(2)
        .worker_max_blocking_threads(8)
        // Without it a compressed answer waits 40 ms for an acknowledgement.
        .tcp_nodelay(true)
        .shutdown_timeout(10)
        .listen(listener)?
        .run()
        .await
}
