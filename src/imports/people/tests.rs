//! How rows become people.

use std::io::Cursor;

use super::*;
use crate::channels::linkedin::Limits;

fn owner() -> Owner {
    Owner { name: "Mara Lindqvist".into(), key: Some("mara".into()) }
}

fn people(csv: &str) -> Gathered {
    let mut archive = Archive::open(Cursor::new(csv.as_bytes().to_vec()), "x.csv", Limits::default()).unwrap();
    gather(&mut archive, &owner()).unwrap()
}

#[test]
fn conversations_with_hidden_members_are_each_somebody() {
    let row = |id: &str| {
        format!(
            "{id},,LinkedIn Member,,Mara Lindqvist,https://www.linkedin.com/in/mara,2024-05-01 09:00:00 UTC,,Hello,INBOX\n"
        )
    };
    let head = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n";
    let found = people(&format!("{head}{}{}", row("2-a"), row("2-b")));
    let keys: Vec<&str> = found.people.iter().map(|person| person.key.as_str()).collect();
    assert_eq!(keys, ["talk:2-a", "talk:2-b"]);
    assert!(found.people.iter().all(|person| person.name == HIDDEN_MEMBER && person.messages == 1));
}

#[test]
fn an_old_export_tells_the_profile_of_a_connection_by_its_messages() {
    let talk = |id: &str, name: &str, key: &str| {
        format!("{id},,{name},https://www.linkedin.com/in/{key},Mara Lindqvist,2024-05-01 09:00:00 UTC,,Hello,INBOX\n")
    };
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let connections = "First Name,Last Name,Email Address,Company,Position,Connected On\n\
         Ana,Li,,Acme,Buyer,14 Nov 2020\nBo,Berg,,Vela,Maker,14 Nov 2020\n";
    let messages = format!(
        "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,DATE,SUBJECT,CONTENT,FOLDER\n{}{}{}",
        talk("2-a", "Ana Li", "ana-li"),
        talk("2-b", "Bo Berg", "bo-1"),
        talk("2-c", "Bo Berg", "bo-2"),
    );
    for (name, text) in [("Connections.csv", connections), ("messages.csv", messages.as_str())] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    }
    let file = Cursor::new(zip.finish().unwrap().into_inner());
    let found = gather(&mut Archive::open(file, "x.zip", Limits::default()).unwrap(), &owner()).unwrap();
    let told = found.people.iter().map(|one| (one.profile.as_deref(), one.company.as_deref(), one.messages));
    let expected =
        [(Some("ana-li"), Some("Acme"), 1), (None, Some("Vela"), 0), (Some("bo-1"), None, 1), (Some("bo-2"), None, 1)];
    assert_eq!(told.collect::<Vec<_>>(), expected, "which of two Bo Bergs is the connection can’t be told");
}

#[test]
fn a_connection_listed_twice_is_one_person() {
    let found = people(
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
         Ana,Li,https://www.linkedin.com/in/ana-li,,Acme,Buyer,14 Nov 2024\n\
         Ana,Li,https://www.linkedin.com/in/Ana-Li/,ana@example.com,Acme,Buyer,14 Nov 2024\n",
    );
    assert_eq!(found.people.len(), 1);
    assert_eq!((found.repeated, found.repeats[0].row), (1, 3));
    assert_eq!(found.people[0].email.as_deref(), Some("ana@example.com"));
}

#[test]
fn people_of_one_name_who_work_elsewhere_or_write_from_elsewhere_are_several() {
    let found = people(
        "First Name,Last Name,Email Address,Company,Position,Connected On\n\
         Jan,Kowal,,Northwind,Buyer,01 Mar 2019\n\
         Jan,Kowal,,Southwind,Seller,02 Mar 2020\n\
         Jan,Kowal,jan@w.example.org,Westwind,Boss,02 Mar 2020\n\
         Jan,Kowal,,Northwind Ltd,Buyer,01 Mar 2019\n",
    );
    let told = found.people.iter().map(|one| (one.company.as_deref(), one.email.as_deref()));
    let expected =
        [(Some("Northwind"), None), (Some("Southwind"), None), (Some("Westwind"), Some("jan@w.example.org"))];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert_eq!(found.repeated, 1);
}
