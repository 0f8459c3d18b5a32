//! The promises by their numbers, each as a person would notice it broken.

mod board;
mod clock;
mod gate;
mod people;
mod undone;
