//! HTTP: the server, its routes as data, and what every request has in common. Pages and JSON are in their folders.

pub mod api;
mod assets;
mod context;
mod done;
mod fields;
mod guard;
mod limits;
mod live;
mod mark;
mod missing;
mod origin;
pub mod pages;
mod reply;
pub mod routes;
mod server;
pub mod told;
mod upload;
mod view;

pub use crate::calendar::counted;
pub use context::{App, Ctx, Mine};
pub use done::Done;
pub use fields::Fields;
pub use mark::Shown;
pub use reply::{Failure, Reply};
pub use server::{application, serve};
pub use view::{Form, Icon, Outside, Page, Shell, hue, icon, initials};
