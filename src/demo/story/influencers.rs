//! The influencers: people who walk, climb and paddle in front of followers.

use super::lines::{blank, followed, june, mara, note, on, remind, step, them, tomas};
use super::{Card, Kind, Person, Thread};
use crate::channels::Channel::{Email, Instagram, Messenger, X};

// Laid out by hand, one line a message, as a script is.
#[rustfmt::skip]
pub(super) const INFLUENCERS: &[Person] = &[
    Person {
        key: "nadia", name: "Nadia Benali", title: Some("Hut-to-hut walker"), email: Some("nadia.benali@example.com"),
        zone: Some("Europe/Paris"), city: Some("Grenoble"), owner: "june",
        handles: &[followed(Instagram, "nadia.benali.refuges", 48_200)], tags: &["huts", "french", "reels"],
        notes: &[note(7, "june", "Reels reach about 30,000. Films alone, no drone. Never more than one paid post a \
            month.")],
        threads: &[Thread { channel: Instagram, messages: &[
            june(18, "12:10", "Bonjour Nadia! Your reel about drying socks over a hut stove made our whole workshop \
                laugh. Would you like to try a pack that we sew here?"),
            them(16, "21:35", "Merci !! The socks were real. Which pack?"),
            june(15, "09:20", "The Halde 22. Big enough for three days in huts if you are honest about socks."),
            them(9, "20:48", "Je suis très honnête. OK, and what do you have in mind, one reel? Paid or just the \
                pack?"),
            june(8, "10:05", "Paid. One reel and three stories, your words, no script from us. You keep the pack \
                either way."),
            them(1, "21:42", "That sounds fair! Can you put the terms in writing with the fee? Je pars lundi en huit \
                pour dix jours."),
        ] }],
        card: Some(Card { value_cents: Some(90_000), lost_reason: None, path: &[
            step("shortlist", 21, "june"), step("contacted", 18, "june").because(0),
            step("replied", 16, "june").because(1), step("terms", 9, "june").because(3),
        ] }),
        reminders: &[remind("june", 0, "10:00", "Send Nadia the terms in writing").on(Instagram).draft("Hi Nadia, here \
            it is in writing: one reel and three stories within six weeks, €900, half now and half when it is up. Your \
            words, marked as paid. Does that work before you leave?")],
        ..blank(Kind::Influencer)
    },
    Person {
        key: "rowan", name: "Rowan Pike", title: Some("Fell runner and writer"), email: Some("rowan.pike@example.com"),
        zone: Some("Europe/London"), city: Some("Keswick"), owner: "june",
        handles: &[followed(X, "rowanpikefells", 17_900), followed(Instagram, "rowan.pike.fells", 9_400)],
        tags: &["running", "newsletter"],
        threads: &[
            Thread { channel: X, messages: &[
                june(30, "11:15", "Rowan, your thread on mending your own kit is the best thing we read this year. May \
                    we send you something that's easy to mend?"),
                them(29, "07:50", "You may. I will try to break it, mind."),
                june(28, "09:30", "Please do. No fee then, but the pack, the mending kit and a free hand?"),
                them(20, "08:05", "Deal. An honest review in the newsletter, 11k readers. Small torso, if it comes in \
                    sizes."),
                june(19, "10:00", "It does. Packed with a spare buckle, leaving the workshop this afternoon."),
            ] },
            Thread { channel: Instagram, messages: &[
                them(11, "18:20", "It arrived! Box is going to be a bird house."),
                june(10, "09:10", "Best use of a box so far. Take all the time you need to break it."),
            ] },
        ],
        card: Some(Card { value_cents: Some(18_000), lost_reason: None, path: &[
            step("shortlist", 33, "june"), step("contacted", 30, "june").because(0),
            step("replied", 29, "june").because(1), step("terms", 28, "june").because(2),
            step("product", 19, "june").because(4).noted("Small Halde, spare buckle."),
        ] }),
        reminders: &[remind("june", 5, "09:30", "Ask Rowan what broke").on(X).draft("Hi Rowan, two weeks with the \
            pack: what broke first? If it's the buckle, there's a second one in the lid.")],
        ..blank(Kind::Influencer)
    },
    Person {
        key: "katarina", name: "Katharina Vogel ⛰", company: Some("Nordkamm Outdoor"), zone: Some("Europe/Berlin"),
        city: Some("München"), owner: "june",
        handles: &[followed(Instagram, "kati.vogel.draussen", 12_600)], tags: &["alps", "german"],
        threads: &[Thread { channel: Instagram, messages: &[
            june(6, "16:25", "Hi Katharina, your photo of the hut door with the seven coats is wonderful. Would you \
                like to carry one of our packs for a season?"),
            them(3, "19:55", "Hallo June, wie nett! Ich glaube, dein Kollege hat mir schon woanders geschrieben? Mit \
                dem Hund?"),
        ] }],
        card: Some(Card { value_cents: None, lost_reason: None, path: &[
            step("contacted", 6, "june").because(0), step("replied", 3, "june").because(1),
        ] }),
        ..blank(Kind::Influencer)
    },
    Person {
        key: "mateo", name: "Mateo Quiroga", title: Some("Mountain guide and photographer"),
        zone: Some("America/Argentina/Buenos_Aires"), city: Some("Bariloche"), owner: "mara",
        handles: &[followed(Instagram, "mateo.quiroga.cumbres", 112_400)],
        tags: &["photography", "spanish", "far away"],
        notes: &[note(6, "mara", "Comes to Chamonix each summer. Expensive, but his pictures could carry the whole \
            catalogue.")],
        threads: &[Thread { channel: Instagram, messages: &[
            mara(5, "15:30", "Hola Mateo, tu foto de la tormenta sobre el Tronador está en la pared de nuestro taller. \
                We'd love to see one of our packs in such weather. ¿Hablamos?"),
        ] }],
        card: Some(Card { value_cents: Some(350_000), lost_reason: None, path: &[
            step("shortlist", 12, "mara"), step("contacted", 5, "mara").because(0),
        ] }),
        reminders: &[remind("mara", 2, "15:00", "Second message to Mateo").on(Instagram).draft("Hola Mateo, solo una \
            línea más: if you are in Chamonix this year, I'd bring two packs to your door. No strings.")],
        ..blank(Kind::Influencer)
    },
    Person {
        key: "saoirse", name: "Saoirse Kinsella", title: Some("Sea swimmer"),
        email: Some("saoirse.kinsella@example.com"), zone: Some("Europe/Dublin"), city: Some("Galway"), owner: "june",
        handles: &[followed(Instagram, "saoirse.coldwater", 31_700)], tags: &["swimming", "reels", "again"],
        notes: &[note(4, "june", "41 orders with her code in the first week. Ask her again for the blanket.")],
        threads: &[Thread { channel: Instagram, messages: &[
            june(47, "13:00", "Saoirse, do you ever get warm again? We sew a wool blanket with a hood and thought of \
                you at once."),
            them(46, "08:10", "Never fully! A hood you say. Go on."),
            june(45, "09:40", "Blanket and €400 for one reel, whenever the sea is at its worst."),
            them(43, "19:30", "The sea will oblige. Agreed, send it to the surf club."),
            june(42, "10:20", "On its way to the surf club, in grey with a red hood so they find you."),
            them(12, "17:15", "It's up! 80k views since this morning, and my mother wants one too."),
            june(12, "17:40", "We watched it three times. One for your mother leaves tomorrow, on us."),
        ] }],
        card: Some(Card { value_cents: Some(40_000), lost_reason: None, path: &[
            step("shortlist", 49, "june"), step("contacted", 47, "june").because(0),
            step("replied", 46, "june").because(1), step("terms", 45, "june").because(2),
            step("product", 42, "june").because(4), step("posted", 12, "june").because(5),
        ] }),
        reminders: &[
            remind("june", -11, "10:00", "Post a blanket to Saoirse's mother").done(),
            remind("june", 30, "10:00", "Ask Saoirse about the next reel").on(Instagram),
        ],
        ..blank(Kind::Influencer)
    },
    Person {
        key: "anouk", name: "Anouk Verhoeven", company: Some("Trage Wegen"), title: Some("Runs a walking page"),
        zone: Some("Europe/Brussels"), city: Some("Ghent"), owner: "tomas",
        handles: &[followed(Messenger, "tragewegen.anouk", 22_300)], tags: &["walking", "families"],
        threads: &[Thread { channel: Messenger, messages: &[
            tomas(4, "10:30", "Hello Anouk, half our Belgian customers say they found us through your list of slow \
                paths. Thank you! Could we do something for your readers together?"),
            them(3, "20:15", "Really? That list is seven years old. What do you have in mind?"),
            tomas(2, "09:00", "A child's pack to give away, and a walk that ends where we can mend everybody's gear \
                for free."),
            them(1, "20:50", "A mending walk! I love it. Would you come yourself, and how many people can you mend for \
                in one day?"),
        ] }],
        card: Some(Card { value_cents: Some(25_000), lost_reason: None, path: &[
            step("shortlist", 6, "tomas"), step("contacted", 4, "tomas").because(0),
            step("replied", 3, "tomas").because(1),
        ] }),
        reminders: &[remind("tomas", 0, "09:30", "Answer Anouk: how many can we mend in a \
            day").on(Messenger).draft("Hi Anouk, I'd come with Ludo from the workshop. The two of us manage about \
            thirty pieces in a day, if nobody brings a tent. Which path would you choose?")],
        ..blank(Kind::Influencer)
    },
    Person {
        key: "tariq", name: "Tariq Suleiman", title: Some("Long-distance cyclist"),
        email: Some("tariq.suleiman@example.com"), zone: Some("Asia/Amman"), city: Some("Amman"), owner: "june",
        handles: &[followed(X, "tariqpedalsfar", 26_800)], tags: &["cycling", "long journeys"],
        threads: &[Thread { channel: X, messages: &[
            june(58, "12:00", "Tariq, from Amman to Samarkand on one hip pack? Please tell us which one, so we can \
                envy it."),
            them(56, "18:40", "A cheap one, it died in Tabriz! Yours looks stronger."),
            june(55, "09:15", "Then carry ours on the next leg. €600 and two packs for a thread at the end of it?"),
            them(49, "16:05", "I like it. My sponsor for the tyres has to agree, I'll ask them."),
            june(48, "09:50", "Of course. Send them my way if they have questions."),
        ] }],
        card: Some(Card { value_cents: Some(60_000), lost_reason: None, path: &[
            step("contacted", 58, "june").because(0), step("replied", 56, "june").because(1),
            step("terms", 49, "june").because(3).noted("Waits for the tyre sponsor."),
        ] }),
        ..blank(Kind::Influencer)
    },
    Person {
        key: "wren", name: "Wren Callaghan", title: Some("Canoe builder"), zone: Some("America/Vancouver"),
        city: Some("Vancouver"), owner: "june",
        handles: &[followed(Instagram, "wren.builds.canoes", 64_100)], tags: &["paddling", "craft", "far away"],
        notes: &[note(2, "june", "Cedar strips and great patience. Answers every comment herself, so write in her \
            evening.")],
        card: Some(Card { value_cents: None, lost_reason: None, path: &[step("shortlist", 2, "june")] }),
        reminders: &[remind("june", 1, "18:00", "First message to Wren").on(Instagram).draft("Hi Wren, we sew bags \
            about as fast as you bend cedar. Could we send you a roll-top that has not met a canoe yet?")],
        ..blank(Kind::Influencer)
    },
    Person {
        key: "lotte", name: "Lotte Friis", title: Some("Microadventures with children"),
        zone: Some("Europe/Copenhagen"), city: Some("Copenhagen"), owner: "tomas",
        handles: &[followed(Instagram, "lotte.friis.smaature", 37_500)], tags: &["families"],
        threads: &[Thread { channel: Instagram, messages: &[
            tomas(25, "10:40", "Hej Lotte, our smallest pack fits a five-year-old and one teddy. Would yours like to \
                test it?"),
            them(22, "20:20", "So sweet! But I have signed with another maker for two years, exclusively for bags."),
            tomas(21, "09:10", "Congratulations to them. The teddy's offer stands. Walk well, Lotte."),
        ] }],
        card: Some(Card { value_cents: Some(70_000), lost_reason: Some("Exclusive with another maker"), path: &[
            step("shortlist", 27, "tomas"), step("contacted", 25, "tomas").because(0),
            step("replied", 22, "tomas").because(1), step("declined", 21, "tomas").because(1),
        ] }),
        ..blank(Kind::Influencer)
    },
    Person {
        key: "jide", name: "Babajide Afolabi", title: Some("Birder"), zone: Some("Africa/Lagos"), city: Some("Lagos"),
        owner: "june",
        handles: &[followed(X, "jidewithbirds", 8_700)], tags: &["birds", "newcomer"],
        threads: &[Thread { channel: X, messages: &[
            june(7, "14:20", "Babajide, the kingfisher video! Is that a bread bag around your lens? We could sew you \
                something drier."),
        ] }],
        card: Some(Card { value_cents: Some(12_000), lost_reason: None, path: &[
            step("shortlist", 9, "june"), step("contacted", 7, "june").because(0),
        ] }),
        reminders: &[remind("june", -1, "14:00", "Write to Babajide once more").on(X).draft("Hi Babajide, the offer of \
            a dry lens pouch stands. Just tell us the length of your longest lens and we'll cut one.")],
        ..blank(Kind::Influencer)
    },
    Person {
        key: "chiara", name: "Chiara Montanari", title: Some("Climber"), email: Some("chiara.montanari@example.com"),
        zone: Some("Europe/Rome"), city: Some("Belluno"), owner: "tomas",
        handles: &[followed(Instagram, "chiara.su.roccia", 23_400)], tags: &["climbing"],
        threads: &[
            Thread { channel: Instagram, messages: &[
                tomas(32, "09:45", "Ciao Chiara, how do you keep chalk out of everything else? We're asking for a \
                    pocket."),
                them(31, "13:30", "I don't, that is the secret. What pocket?"),
                tomas(30, "09:00", "One that closes with two magnets, on the Halde. €500 and the pack for an honest \
                    week with it?"),
                them(26, "20:10", "Va bene! After the exam season. Address by email."),
                tomas(10, "08:30", "Your pack left this morning. The tracking number follows by email."),
                them(2, "19:25", "Ciao Tomas, nothing has come yet and no number either. I leave for Arco soon. Where \
                    is it?"),
            ] },
            Thread { channel: Email, messages: &[
                them(25, "10:00", "Hi Tomas, here is my address, second bell from the top. Grazie, Chiara"),
            ] },
        ],
        card: Some(Card { value_cents: Some(50_000), lost_reason: None, path: &[
            step("contacted", 32, "tomas").because(0), step("replied", 31, "tomas").because(1),
            step("terms", 26, "tomas").because(3), step("product", 10, "tomas").because(4),
        ] }),
        reminders: &[
            remind("tomas", 0, "09:00", "Find Chiara's parcel").on(Instagram).draft("Hi Chiara, I'm sorry, the number \
                never left my outbox. Your parcel is at the depot in Belluno and I have asked them to ring the second \
                bell."),
            remind("tomas", 12, "10:00", "Ask Chiara about her week with the pocket").on(Instagram),
        ],
        ..blank(Kind::Influencer)
    },
    Person {
        key: "heike", name: "Heike Sander", title: Some("Camper-van blogger"), zone: Some("Europe/Berlin"),
        city: Some("Leipzig"), owner: "tomas",
        handles: &[followed(Messenger, "heike.sander.unterwegs", 15_200)], tags: &["camper", "german"],
        threads: &[Thread { channel: Messenger, messages: &[
            tomas(38, "10:00", "Hallo Heike, dein Beitrag über Ordnung im Bulli hat uns auf zwei neue Taschen \
                gebracht. Magst du sie testen?"),
            tomas(31, "10:00", "Hallo Heike, nur noch einmal kurz: die Taschen wären jetzt fertig. Wohin dürfen wir \
                sie schicken?"),
            them(30, "22:05", "Bitte keine Nachrichten mehr. Ich mache keine Werbung und möchte nicht angeschrieben \
                werden."),
        ] }],
        card: Some(Card { value_cents: None, lost_reason: Some("Does not want advertising"), path: &[
            step("shortlist", 39, "tomas"), step("contacted", 38, "tomas").because(0),
            step("declined", 29, "tomas").because(2),
        ] }),
        do_not_contact: Some("Asked us on Messenger not to write to her again"),
        ..blank(Kind::Influencer)
    },
    Person {
        key: "kenji", name: "Kenji Morita", title: Some("Ski tourer"), zone: Some("Asia/Tokyo"), city: Some("Sapporo"),
        owner: "mara",
        handles: &[followed(Messenger, "kenji.morita.powder", 19_600), on(Instagram, "kenji_morita_backcountry")],
        tags: &["winter", "far away"],
        threads: &[Thread { channel: Messenger, messages: &[
            mara(13, "08:10", "Hello Kenji, does waxed canvas freeze stiff in Hokkaido? We have only ever had Hamburg \
                to try."),
            them(12, "10:35", "Hello Mara, very interesting question. Most canvas becomes a board. I would enjoy the \
                experiment."),
            mara(11, "08:00", "So would we. Two waxes, two packs, one of each on your back. May I ask what you'd \
                charge?"),
        ] }],
        card: Some(Card { value_cents: Some(80_000), lost_reason: None, path: &[
            step("shortlist", 15, "mara"), step("contacted", 13, "mara").because(0),
            step("replied", 12, "mara").because(1),
        ] }),
        reminders: &[remind("mara", 6, "08:00", "Ask Kenji about his fee again").on(Messenger)],
        ..blank(Kind::Influencer)
    },
    Person {
        key: "elena", name: "Elena Popescu", title: Some("Bear tracker"), zone: Some("Europe/Bucharest"),
        city: Some("Brașov"), owner: "tomas",
        handles: &[followed(X, "elenatracks", 14_300)], tags: &["wildlife"],
        notes: &[note(8, "tomas", "Recommended by Rowan. Writes about the Carpathians, in English, without kitsch.")],
        card: Some(Card { value_cents: None, lost_reason: None, path: &[
            step("shortlist", 8, "tomas").noted("Rowan knows her and would introduce us."),
        ] }),
        ..blank(Kind::Influencer)
    },
];
