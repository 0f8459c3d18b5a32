//! Starting the server.

use actix_web::{
    App as Web, HttpServer,
    middleware::{Compress, from_fn},
    web,
};

use super::{context::App, guard, routes};

/// Puts routes and limits into an actix app; tests build the same one.
pub fn configure(app: &App) -> impl Fn(&mut web::ServiceConfig) + Clone + use<> {
    let app = app.clone();
    move |config: &mut web::ServiceConfig| {
        config
            .app_data(web::Data::new(app.clone()))
            .app_data(web::FormConfig::default().limit(2 * 1024 * 1024))
            .app_data(web::JsonConfig::default().limit(1024 * 1024).error_handler(|error, _| {
                let words = format!("The JSON can't be read: {error}");
                let answer = super::reply::problem(actix_web::http::StatusCode::BAD_REQUEST, &words, &[], None);
                actix_web::error::InternalError::from_response(error, answer).into()
            }));
        routes::register(config);
    }
}

/// Serves until the process is told to stop. Returns once every answer in progress is out.
pub async fn serve(app: App, listener: std::net::TcpListener) -> std::io::Result<()> {
    let https = app.config.is_https();
    HttpServer::new(move || {
        Web::new()
            .configure(configure(&app))
            .wrap(from_fn(guard::with_words))
            .wrap(from_fn(guard::same_site))
            .wrap(guard::headers(https))
            .wrap(Compress::default())
    })
    .workers(2)
    .worker_max_blocking_threads(8)
    // Without it a compressed answer waits 40 ms for an acknowledgement.
    .tcp_nodelay(true)
    .shutdown_timeout(10)
    .listen(listener)?
    .run()
    .await
}
