//! The ambassadors: people who bought something, liked it and tell others.

use super::lines::{blank, followed, june, mara, note, on, remind, step, them, tomas};
use super::{Card, Kind, Person, Thread};
use crate::channels::Channel::{Email, Instagram, Messenger, Other, X};

// Laid out by hand, one line a message, as a script is.
#[rustfmt::skip]
pub(super) const AMBASSADORS: &[Person] = &[
    Person {
        key: "gwen", name: "Gwen Parry", title: Some("Walk leader"), email: Some("gwen.parry@example.com"),
        phone: Some("+44 7700 900871"), zone: Some("Europe/London"), city: Some("Aberystwyth"), owner: "june",
        handles: &[followed(Instagram, "gwen.parry.llwybr", 2_900)], tags: &["walk leader", "wales"],
        notes: &[note(20, "june", "Eleven people on her last walk, four of them ordered afterwards.")],
        threads: &[Thread { channel: Instagram, messages: &[
            june(70, "10:10", "Gwen, you have tagged us in nine pictures and never asked for anything. May we ask you \
                something?"),
            them(69, "18:25", "Oh dear. Is it about the one with the sheep?"),
            june(68, "09:30", "The sheep was the best one. Would you be our voice in Wales? A pack a year and first \
                look at everything."),
            them(66, "20:00", "I'd be honoured. What do I have to do?"),
            june(65, "09:15", "Walk, mostly. One group walk a season with our name on the note, and tell us what \
                people complain about."),
            them(41, "17:10", "First walk done! Eleven people. Complaint of the day: no loop for a whistle."),
            june(40, "09:05", "The next batch has a loop for a whistle. You did that."),
            them(6, "19:45", "Next walk is set, the coast path this time. Could I have ten of the little maps?"),
            june(5, "09:20", "Twenty maps left today, in case the sheep come too."),
        ] }],
        card: Some(Card { value_cents: Some(60_000), lost_reason: None, path: &[
            step("invited", 70, "june").because(0), step("interested", 66, "june").because(3),
            step("onboarding", 65, "june").because(4), step("active", 41, "june").because(5),
        ] }),
        reminders: &[
            remind("june", -5, "09:00", "Post twenty maps to Gwen").done(),
            remind("june", 10, "10:00", "Ask Gwen how the coast path went").on(Instagram).draft("Hi Gwen, how was the \
                coast path? Tell me the numbers, the weather and the complaint of the day."),
        ],
        ..blank(Kind::Ambassador)
    },
    Person {
        key: "luca", name: "Luca Ferraro", title: Some("Scout leader"), zone: Some("Europe/Rome"), city: Some("Turin"),
        owner: "june",
        handles: &[on(Messenger, "luca.ferraro.scout")], tags: &["scouts"],
        threads: &[Thread { channel: Messenger, messages: &[
            them(23, "21:10", "Hello! Your pack survived twenty scouts. Do you have something for groups?"),
            june(22, "09:40", "Twenty scouts beat every test we have. Would you like to be one of our ambassadors, \
                with a group price?"),
            them(20, "20:30", "Yes, volentieri! The parents will be happy."),
            june(14, "10:15", "Wonderful. Here is the little handbook, four pages. The group code works from today."),
            them(1, "21:20", "Read it, all clear. Only the group code says it has run out already? We want to order \
                this week."),
        ] }],
        card: Some(Card { value_cents: Some(85_000), lost_reason: None, path: &[
            step("invited", 22, "june").because(1), step("interested", 20, "june").because(2),
            step("onboarding", 14, "june").because(3),
        ] }),
        reminders: &[remind("june", 0, "11:30", "Send Luca a code that works").on(Messenger).draft("Hi Luca, sorry \
            about that, the code was set to one order only. It now works for thirty. Shall I keep an eye on your order \
            so it leaves the same day?")],
        ..blank(Kind::Ambassador)
    },
    Person {
        key: "thandi", name: "Thandi Mokoena", title: Some("Trail-running coach"),
        email: Some("thandi.mokoena@example.com"), zone: Some("Africa/Johannesburg"), city: Some("Cape Town"),
        owner: "mara",
        handles: &[followed(Instagram, "thandi.runs.platteklip", 5_800)], tags: &["running", "far away"],
        threads: &[Thread { channel: Instagram, messages: &[
            mara(62, "11:00", "Hi Thandi, we saw our hip pack on Table Mountain before breakfast. Was that you?"),
            them(61, "06:40", "Every day before breakfast! My whole squad asks where it's from."),
            mara(60, "09:00", "Then tell them, and let us thank you properly: would you be our ambassador at the \
                Cape?"),
            them(57, "06:15", "Count me in. Can the squad get a colour of its own?"),
            mara(55, "09:20", "Pick one from these twelve threads. We sew the first six for you."),
            them(33, "07:05", "The orange ones arrived, we look like a flock. First post is up!"),
            mara(9, "10:30", "Orange is now in the shop, because of you. What do your runners say after a month?"),
        ] }],
        card: Some(Card { value_cents: Some(40_000), lost_reason: None, path: &[
            step("invited", 60, "mara").because(2), step("interested", 57, "mara").because(3),
            step("onboarding", 55, "mara").because(4), step("active", 33, "mara").because(5),
        ] }),
        reminders: &[remind("mara", 3, "10:00", "Ask Thandi again what her runners say").on(Instagram)],
        ..blank(Kind::Ambassador)
    },
    Person {
        key: "felix", name: "Felix Obermaier", title: Some("Hut warden"), zone: Some("Europe/Vienna"),
        city: Some("Innsbruck"), owner: "tomas",
        handles: &[on(Messenger, "felix.obermaier.huette")], tags: &["huts", "german"],
        notes: &[note(11, "tomas", "Forty guests a night in the season. All of them hang their packs in his hallway.")],
        threads: &[Thread { channel: Messenger, messages: &[
            tomas(11, "09:10", "Hallo Felix, ein Gast hat uns geschrieben, dass du unsere Schnallen in der Stube \
                flickst. Danke! Dürfen wir dir eine Kiste mit Ersatzteilen schicken, und dich Botschafter nennen?"),
            them(7, "21:30", "Servus Tomas! Ersatzteile immer. Botschafter klingt nach Krawatte, was müsste ich da \
                tun?"),
        ] }],
        card: Some(Card { value_cents: None, lost_reason: None, path: &[
            step("invited", 11, "tomas").because(0), step("interested", 7, "tomas").because(1),
        ] }),
        ..blank(Kind::Ambassador)
    },
    Person {
        key: "maud", name: "Maud Lemaire", company: Some("Les Sentiers de Meuse"), title: Some("Club president"),
        email: Some("maud.lemaire@example.com"), zone: Some("Europe/Brussels"), city: Some("Namur"), owner: "mara",
        tags: &["walking club", "french", "again"],
        notes: &[note(25, "mara", "140 members. Speaks for us at the regional meeting every year.")],
        threads: &[Thread { channel: Email, messages: &[
            them(95, "16:00", "Bonjour, notre club de 140 marcheurs cherche un sac qui se répare. C'est vous ?"),
            mara(94, "09:00", "Bonjour Maud, c'est nous. May I come to your next evening with a bag of bags and a \
                sewing kit?"),
            them(92, "18:20", "Venez ! Second evening of the month, there will be tart."),
            mara(80, "08:30", "Thank you for the tart and for all the questions. Would you and the club become \
                ambassadors?"),
            them(78, "17:45", "Le comité a voté : oui, à l'unanimité. Send us the handbook."),
            mara(77, "09:10", "The handbook is attached, with patches for the first twenty."),
            them(55, "19:00", "Twenty-two members carry your packs now, and the mending table was full at our fête."),
            them(26, "18:30", "I spoke about you before all the clubs of Wallonia. Three of them will write to you."),
            mara(25, "08:45", "They did write, all three. Maud, you are our champion, and the tart is on us next \
                time."),
        ] }],
        card: Some(Card { value_cents: Some(275_000), lost_reason: None, path: &[
            step("invited", 80, "mara").because(3), step("interested", 78, "mara").because(4),
            step("onboarding", 77, "mara").because(5), step("active", 55, "mara").because(6),
            step("champion", 25, "mara").because(7).noted("Three more clubs came through her."),
        ] }),
        reminders: &[remind("mara", 45, "09:00", "Invite Maud to the workshop's open day").on(Email)],
        ..blank(Kind::Ambassador)
    },
    Person {
        key: "raj", name: "Rajat Bhattacharya", title: Some("Fort trekker"), zone: Some("Asia/Kolkata"),
        city: Some("Pune"), owner: "june",
        handles: &[followed(X, "rajatonforts", 4_100)], tags: &["trekking", "far away"],
        threads: &[Thread { channel: X, messages: &[
            june(4, "11:40", "Rajat, thirty forts in one monsoon and our pack in every picture! Would you like to make \
                it official and become an ambassador?"),
        ] }],
        card: Some(Card { value_cents: None, lost_reason: None, path: &[step("invited", 4, "june").because(0)] }),
        reminders: &[remind("june", 2, "11:30", "Ask Rajat whether he saw the invitation").on(X).draft("Hi Rajat, only \
            making sure this didn't drown in the monsoon: we'd love to have you as an ambassador. Shall I tell you \
            what it involves?")],
        ..blank(Kind::Ambassador)
    },
    Person {
        key: "signe", name: "Signe Dalgaard", title: Some("Forest-school teacher"),
        email: Some("signe.dalgaard@example.com"), zone: Some("Europe/Copenhagen"), city: Some("Aarhus"),
        owner: "tomas",
        handles: &[followed(Instagram, "signe.i.skoven", 3_300)], tags: &["children", "school"],
        threads: &[
            Thread { channel: Instagram, messages: &[
                tomas(29, "10:00", "Hej Signe, eighteen children and eighteen of our smallest packs on one log. May we \
                    frame it?"),
                them(28, "17:30", "Of course! They chose the colours themselves, so there was a fight about yellow."),
                tomas(27, "09:25", "We'll sew more yellow. Would your forest school like to be our ambassador for \
                    small people?"),
                them(24, "16:50", "With joy. The parents' council only has to sign for the pictures."),
                tomas(17, "09:00", "Here is the form for the parents and a box of yellow zip pulls to keep the peace."),
            ] },
            Thread { channel: Email, messages: &[
                them(9, "14:10", "Dear Tomas, fourteen of eighteen have signed. The rest is on holiday."),
                tomas(8, "09:15", "Fourteen is splendid. No hurry with the other four."),
            ] },
        ],
        card: Some(Card { value_cents: Some(32_000), lost_reason: None, path: &[
            step("invited", 27, "tomas").because(2), step("interested", 24, "tomas").because(3),
            step("onboarding", 17, "tomas").because(4),
        ] }),
        reminders: &[remind("tomas", 7, "09:00", "Ask Signe for the last four forms").on(Email)],
        ..blank(Kind::Ambassador)
    },
    Person {
        key: "pilar", name: "Pilar Echeverría", title: Some("Mountain-club librarian"), zone: Some("Europe/Madrid"),
        city: Some("Bilbao"), owner: "mara",
        handles: &[followed(Instagram, "pilar.mapas.y.montes", 1_800)], tags: &["maps", "spanish"],
        threads: &[Thread { channel: Instagram, messages: &[
            mara(10, "12:00", "Hola Pilar, ¡un sitio para mapas dentro de la mochila! Tu idea ya está en la mesa de \
                corte. Would you like to join our ambassadors?"),
            them(8, "20:30", "¡Qué alegría! Me interesa mucho. ¿Cuánto tiempo pide al mes, más o menos?"),
            mara(7, "09:40", "Dos horas, no más. A photo now and then, and ideas like the map sleeve whenever they \
                come."),
            them(2, "21:05", "Eso sí puedo. Mándame los siguientes pasos cuando quieras."),
        ] }],
        card: Some(Card { value_cents: None, lost_reason: None, path: &[
            step("invited", 10, "mara").because(0), step("interested", 8, "mara").because(1),
        ] }),
        reminders: &[remind("mara", 0, "12:00", "Send Pilar the next steps").on(Instagram).draft("Hi Pilar, \
            ¡bienvenida! First the handbook, four short pages, then your own pack with the map sleeve. ¿A qué \
            dirección te la mandamos?")],
        ..blank(Kind::Ambassador)
    },
    Person {
        key: "owen", name: "Owen Tran", title: Some("Weekend backpacker"), zone: Some("America/Los_Angeles"),
        city: Some("Portland"), owner: "june",
        handles: &[followed(X, "owentranhikes", 3_600)], tags: &["hiking", "far away"],
        threads: &[Thread { channel: X, messages: &[
            june(88, "17:30", "Owen, nobody explains our roll-top better than you do. Would you do it as our \
                ambassador?"),
            them(87, "18:15", "Ha, sure! Free stickers were all I ever wanted."),
            june(85, "17:00", "Stickers, a pack and the handbook are on the way to Portland."),
            them(64, "19:20", "First meet-up done, eight people in the rain at Silver Falls."),
            them(19, "18:40", "News: we had a baby girl! I won't see a trail for a while, so please give my place to \
                someone else."),
            june(18, "17:10", "Congratulations to all three of you! A very small hat is in the post. The door stays \
                open."),
        ] }],
        card: Some(Card { value_cents: Some(15_000), lost_reason: Some("No time: a new baby"), path: &[
            step("invited", 88, "june").because(0), step("interested", 87, "june").because(1),
            step("onboarding", 85, "june").because(2), step("active", 64, "june").because(3),
            step("left", 18, "june").because(4),
        ] }),
        reminders: &[remind("june", -18, "18:00", "Post a very small hat to Portland").done()],
        ..blank(Kind::Ambassador)
    },
    Person {
        key: "mirela", name: "Mirela Kovač", title: Some("Illustrator"), email: Some("mirela.kovac@example.com"),
        zone: Some("Europe/Zagreb"), city: Some("Zagreb"), owner: "tomas",
        handles: &[followed(Instagram, "mirela.crta.planine", 7_200)], tags: &["drawing"],
        threads: &[
            Thread { channel: Instagram, messages: &[
                tomas(51, "10:15", "Mirela, you drew our pack on Velebit with every stitch in its place. May we print \
                    it on the label?"),
                them(50, "13:40", "You noticed the stitches! Yes, if my name is on it."),
                tomas(49, "09:30", "In full, and a fee. And would you be our ambassador, with pencil instead of \
                    camera?"),
                them(47, "11:10", "A pencil ambassador, I'm in."),
                tomas(45, "09:00", "The contract for the label and the handbook are in your mail."),
                them(31, "12:30", "Signed. And here is the first sheet, six packs and one marmot."),
                tomas(13, "15:20", "The marmot label is printed. Fifty are on the way to you, the rest on our packs."),
            ] },
            Thread { channel: Email, messages: &[
                tomas(45, "09:05", "Dear Mirela, both papers are attached. Please read the page about rights twice, \
                    it's on your side."),
                them(43, "10:50", "Read three times. It is on my side indeed, thank you."),
            ] },
        ],
        card: Some(Card { value_cents: Some(55_000), lost_reason: None, path: &[
            step("invited", 49, "tomas").because(2), step("interested", 47, "tomas").because(3),
            step("onboarding", 45, "tomas").because(4), step("active", 31, "tomas").because(5),
        ] }),
        ..blank(Kind::Ambassador)
    },
    Person {
        key: "kofi", name: "Kofi Asante", title: Some("Allotment gardener"), phone: Some("+44 7700 900316"),
        zone: Some("Europe/London"), city: Some("Bristol"), owner: "june",
        tags: &["market", "no account"],
        notes: &[note(14, "june", "Met at our market stall. Carries seed trays in a Halde and tells everybody. No \
            social media.")],
        threads: &[Thread { channel: Other, messages: &[
            june(14, "16:30", "Talked at the stall: would he tell his allotment society about us? He will think about \
                it. By phone only."),
            them(6, "18:10", "Rang back: the society has a plant sale, and we could have the table next to the \
                tomatoes."),
        ] }],
        card: Some(Card { value_cents: None, lost_reason: None, path: &[
            step("invited", 14, "june").because(0), step("interested", 6, "june").because(1),
        ] }),
        reminders: &[
            remind("june", -7, "17:00", "Ring Kofi about the allotment society").on(Other).done(),
            remind("june", 1, "17:30", "Ring Kofi: how big is the table").on(Other),
        ],
        ..blank(Kind::Ambassador)
    },
];
