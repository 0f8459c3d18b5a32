//! The inbox as people rely on it: what leaves the list comes back, what nobody has seen is marked, words are found.

mod attention;
mod paging;
mod search;
mod templates;
