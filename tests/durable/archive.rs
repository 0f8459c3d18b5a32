//! A LinkedIn archive of any size, as LinkedIn writes it.

use std::{fs::File, io::Write, path::Path};

/// Writes an archive of Mara Lindqvist's with so many connections; the first `talking` of them share the messages.
pub fn write(path: &Path, people: usize, talking: usize, messages: usize) {
    let mut zip = zip::ZipWriter::new(File::create(path).expect("a file"));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("Connections.csv", options).expect("a file");
    zip.write_all(b"First Name,Last Name,URL,Email Address,Company,Position,Connected On\n").expect("a line");
    for n in 0..people {
        writeln!(zip, "Ana{n},Li,https://www.linkedin.com/in/ana-li-{n},,Company {},Buyer,14 Nov 2024", n % 50)
            .expect("a line");
    }
    zip.start_file("messages.csv", options).expect("a file");
    let head = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,\
        CONTENT,FOLDER";
    writeln!(zip, "{head}").expect("a line");
    for n in 0..messages {
        let person = n % talking;
        let them = format!("Ana{person} Li,https://www.linkedin.com/in/ana-li-{person}");
        let us = "Mara Lindqvist,https://www.linkedin.com/in/mara-lindqvist".to_owned();
        let (from, to) = if (n / talking).is_multiple_of(2) { (them, us) } else { (us, them) };
        let (day, hour, minute) = (1 + n % 28, 8 + (n / 28) % 10, n % 60);
        writeln!(zip, "2-conv{person},,{from},{to},2024-05-{day:02} {hour:02}:{minute:02}:00 UTC,,Message {n},INBOX")
            .expect("a line");
    }
    zip.finish().expect("a ZIP");
}
