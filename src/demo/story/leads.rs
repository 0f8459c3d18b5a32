//! The leads: shops that could stock Fernweh Goods, and offices that give packs to new colleagues.

use super::lines::{away, blank, june, mara, note, on, remind, step, them, tomas};
use super::{Card, Kind, Person, Thread};
use crate::channels::Channel::{Email, Linkedin, Other};

// Laid out by hand, one line a message, as a script is.
#[rustfmt::skip]
pub(super) const LEADS: &[Person] = &[
    Person {
        key: "hanne", name: "Hanne Brandt", company: Some("Kompass & Kork"), title: Some("Buyer, packs and bags"),
        email: Some("hanne.brandt@example.com"), zone: Some("Europe/Berlin"), city: Some("Hamburg"), owner: "mara",
        handles: &[on(Linkedin, "hanne-brandt-kompasskork")], tags: &["shop", "wholesale"],
        notes: &[note(9, "mara", "Two shops, one by the Elbe and one in Altona. Orders for both at once, pays in 14 \
            days.")],
        threads: &[Thread { channel: Linkedin, messages: &[
            mara(19, "09:12", "Hello Hanne, your window with the old rope reels stopped me on the way to the ferry. We \
                sew rucksacks in small runs an hour away. May I send you two pictures?"),
            them(17, "17:48", "Moin Mara, gerne! English is fine too. We just lost a supplier for daypacks, so good \
                timing."),
            mara(16, "08:55", "Good timing indeed. That's the Halde 22 in moss and slate: waxed canvas, one buckle, \
                mended for free for ten years."),
            them(9, "12:20", "The moss one is lovely. My colleague in Altona wants to hold it in her hands."),
            mara(9, "14:02", "I'll drop one at Altona on my way home this evening. Keep it for a week and be rough \
                with it."),
            them(4, "18:31", "It survived my bicycle. Could you send me the wholesale price list and the smallest \
                order you take? I'm planning the shelves now."),
        ] }],
        card: Some(Card { value_cents: Some(345_600), lost_reason: None, path: &[
            step("found", 22, "mara"), step("invited", 19, "mara").because(0), step("connected", 17, "mara").because(1),
            step("talking", 9, "mara").because(3).noted("Wants to hold one, so a sample goes to Altona."),
        ] }),
        reminders: &[
            remind("mara", -9, "17:30", "Drop the sample in Altona").done(),
            remind("mara", -2, "10:00", "Send Hanne the price list she asked for").on(Linkedin).draft("Hi Hanne, as \
                promised, the wholesale list: the Halde 22 is €72, the Kante hip pack €31. The smallest order is \
                twelve pieces, colours mixed as you like. Shall I set two of each colour aside for Altona?"),
        ],
        ..blank(Kind::Lead)
    },
    Person {
        key: "declan", name: "Declan Moriarty", company: Some("Wicklow Way Outfitters"), title: Some("Owner"),
        email: Some("declan.moriarty@example.com"), zone: Some("Europe/Dublin"), city: Some("Dublin"), owner: "tomas",
        handles: &[on(Linkedin, "declan-moriarty-wwo")], tags: &["shop", "trade fair"],
        notes: &[note(33, "tomas", "Met at the trade fair, hall 4. Buys for three shops, dislikes anything with a logo \
            on it.")],
        threads: &[
            Thread { channel: Linkedin, messages: &[
                tomas(33, "18:05", "Good to meet you at the fair today, Declan. I'm the one who spilt coffee on your \
                    catalogue."),
                them(32, "08:40", "Ha, it's dry now. Send me the small pack without the label, would you?"),
                tomas(31, "09:10", "One Kante hip pack, no label, left here this morning."),
                them(8, "10:22", "It's been up Lugnaquilla twice in the rain and the phone stayed dry. Let's talk \
                    numbers."),
                tomas(7, "09:00", "Glad to hear it. Twenty minutes by phone? I can do any morning."),
                them(6, "13:15", "Eleven suits me, any day this week. Have your margin ready."),
                tomas(2, "16:40", "Eleven it is. I'll ring the shop number, and the margin will be ready."),
            ] },
            Thread { channel: Other, messages: &[
                tomas(33, "14:30", "Note of our talk at the stand: 40 packs a season if they hold up in rain, nothing \
                    before a test."),
            ] },
        ],
        card: Some(Card { value_cents: Some(288_000), lost_reason: None, path: &[
            step("connected", 32, "tomas").because(1).noted("Met in person, so no invitation was needed."),
            step("talking", 8, "tomas").because(3), step("meeting", 6, "tomas").because(5),
        ] }),
        reminders: &[
            remind("tomas", -31, "09:00", "Post the hip pack without a label").done(),
            remind("tomas", 0, "11:00", "Ring Declan: margin on forty Kante packs"),
        ],
        ..blank(Kind::Lead)
    },
    Person {
        key: "priya", name: "Priya Raghunathan", company: Some("Lumen Ledger"), title: Some("Head of People"),
        email: Some("priya.raghunathan@example.com"), phone: Some("+44 7700 900142"), zone: Some("Europe/London"),
        city: Some("London"), owner: "tomas",
        handles: &[on(Linkedin, "priya-raghunathan-people")], tags: &["office", "welcome packs"],
        threads: &[Thread { channel: Linkedin, messages: &[
            tomas(26, "10:15", "Hello Priya, you wrote that your welcome box is mostly plastic nobody keeps. We make a \
                pack people still carry years later. Worth a look?"),
            them(24, "11:02", "You read my rant! Yes. We hire about sixty people a year."),
            tomas(24, "15:30", "Then sixty packs that age well. We can stamp initials inside the flap, where only the \
                owner sees them."),
            them(13, "09:47", "Initials inside is a lovely touch. What does the lead time look like for the first \
                twenty?"),
            tomas(12, "10:05", "Five weeks from your list of initials. The first three can go early, so you can show \
                them round."),
            them(5, "16:20", "Finance asked whether you invoice per batch or for the year."),
            tomas(3, "09:35", "Per batch, thirty days, no deposit. Shall I send the paperwork for the first twenty?"),
        ] }],
        card: Some(Card { value_cents: Some(432_000), lost_reason: None, path: &[
            step("found", 29, "june").noted("From her post about welcome boxes."),
            step("invited", 26, "tomas").because(0), step("connected", 24, "tomas").because(1),
            step("talking", 13, "tomas").because(3),
        ] }),
        reminders: &[remind("tomas", 3, "09:30", "Ask Priya whether finance is happy").on(Linkedin).draft("Hi Priya, \
            did finance come back about invoicing per batch? If it helps, I can talk to them directly for ten \
            minutes.")],
        ..blank(Kind::Lead)
    },
    Person {
        key: "olivier", name: "Olivier Castagne", company: Some("Le Bivouac d'Annecy"), title: Some("Gérant"),
        email: Some("olivier.castagne@example.com"), zone: Some("Europe/Paris"), city: Some("Annecy"), owner: "june",
        handles: &[on(Linkedin, "olivier-castagne-bivouac")], tags: &["shop", "french"],
        threads: &[Thread { channel: Linkedin, messages: &[
            june(8, "10:40", "Bonjour Olivier, I love how you repair boots in the shop itself. We mend every pack we \
                sell, so I think we'd get on. May I show you our range?"),
            them(5, "19:12", "Bonjour June, merci ! Avec plaisir. Vous livrez depuis l'Allemagne ou vous avez un dépôt \
                en France ?"),
        ] }],
        card: Some(Card { value_cents: Some(180_000), lost_reason: None, path: &[
            step("found", 11, "june"), step("invited", 8, "june").because(0), step("connected", 5, "june").because(1),
        ] }),
        ..blank(Kind::Lead)
    },
    Person {
        key: "katharina", name: "Katharina Vogel", company: Some("Nordkamm Outdoor"),
        title: Some("Marketing and purchasing"), zone: Some("Europe/Berlin"), city: Some("Munich"), owner: "tomas",
        handles: &[on(Linkedin, "katharina-vogel-nordkamm")], tags: &["shop"],
        threads: &[Thread { channel: Linkedin, messages: &[
            tomas(12, "09:20", "Hello Katharina, a customer told me that Nordkamm keeps a shelf for makers under ten \
                people. We are seven and a dog. How does one get onto it?"),
            them(10, "18:03", "Hallo Tomas, the dog helps. We choose four makers a season, I'd need a story and good \
                pictures."),
            tomas(7, "08:50", "Both attached, with one picture of the dog. The workshop film is two minutes long."),
        ] }],
        card: Some(Card { value_cents: Some(210_000), lost_reason: None, path: &[
            step("found", 14, "tomas"), step("invited", 12, "tomas").because(0),
            step("connected", 10, "tomas").because(1),
        ] }),
        reminders: &[remind("tomas", 2, "10:00", "Ask whether Katharina saw the workshop film").on(Linkedin).draft("Hi \
            Katharina, did the film play all right? If the shelf is full this season, I'd happily be on the list for \
            the next.")],
        ..blank(Kind::Lead)
    },
    Person {
        key: "marcus", name: "Marcus Adeyemi", company: Some("Harbourline Offices"), title: Some("Workplace manager"),
        email: Some("marcus.adeyemi@example.com"), zone: Some("Europe/Amsterdam"), city: Some("Rotterdam"),
        owner: "tomas",
        handles: &[on(Linkedin, "marcus-adeyemi-harbourline")], tags: &["office"],
        notes: &[note(46, "tomas", "Decides together with a committee of tenants. It may take a while.")],
        threads: &[Thread { channel: Linkedin, messages: &[
            tomas(60, "09:30", "Hello Marcus, do the tenants at Harbourline still get the umbrella as a welcome gift? \
                I might have something that is left on fewer trams."),
            them(57, "14:10", "They do, and they do leave them on trams. Tell me more."),
            them(47, "11:25", "The committee likes the bottle sling. Eighty pieces, perhaps, if the colour matches our \
                doors."),
            tomas(46, "10:00", "We can dye the webbing. Could you send me the number of the door colour?"),
        ] }],
        card: Some(Card { value_cents: Some(152_000), lost_reason: None, path: &[
            step("found", 63, "tomas"), step("invited", 60, "tomas").because(0),
            step("connected", 57, "tomas").because(1), step("talking", 47, "tomas").because(2),
        ] }),
        ..blank(Kind::Lead)
    },
    Person {
        key: "sigrid", name: "Sigrid Haugen", company: Some("Fjordlys Friluft"), title: Some("Managing director"),
        email: Some("sigrid.haugen@example.com"), zone: Some("Europe/Oslo"), city: Some("Bergen"), owner: "mara",
        handles: &[on(Linkedin, "sigrid-haugen-fjordlys")], tags: &["shop", "wholesale", "customer"],
        notes: &[note(15, "mara", "First order: 48 Halde, 24 Kante. Reorders when the slate ones are down to six.")],
        threads: &[
            Thread { channel: Linkedin, messages: &[
                mara(52, "08:45", "Hei Sigrid, we have a rucksack that was tested in Hamburg drizzle and would like to \
                    meet real rain."),
                them(50, "12:00", "You have come to the right town. What is the fabric?"),
                mara(50, "13:20", "Waxed canvas from a mill in Dundee, rewaxed by us once a year if the owner wishes."),
                them(38, "09:15", "My staff fight over the sample. When are you next in Norway?"),
                mara(37, "08:30", "In twelve days, for two days. I'll bring all five colours and a hot iron for the \
                    wax."),
                them(17, "15:45", "We would like 48 of the big and 24 of the small. Please send the contract."),
            ] },
            Thread { channel: Email, messages: &[
                mara(16, "09:05", "Dear Sigrid, the contract is attached. Two pages, and the second is only the \
                    mending promise."),
                them(15, "10:30", "Signed and returned. Velkommen til Bergen!"),
            ] },
        ],
        card: Some(Card { value_cents: Some(486_000), lost_reason: None, path: &[
            step("found", 55, "mara"), step("invited", 52, "mara").because(0), step("connected", 50, "mara").because(1),
            step("talking", 38, "mara").because(3), step("meeting", 36, "mara"),
            step("won", 15, "mara").because(5).noted("Contract signed by email: 48 Halde, 24 Kante."),
        ] }),
        reminders: &[
            remind("mara", -16, "09:00", "Send Sigrid the contract").on(Email).done(),
            remind("mara", 20, "09:00", "Ask Sigrid how many slate ones are left").on(Email),
        ],
        ..blank(Kind::Lead)
    },
    Person {
        key: "callum", name: "Callum Reid", company: Some("Cairn & Kettle"), title: Some("Buyer"),
        zone: Some("Europe/London"), city: Some("Edinburgh"), owner: "june",
        handles: &[on(Linkedin, "callum-reid-cairnkettle")], tags: &["shop"],
        threads: &[Thread { channel: Linkedin, messages: &[
            june(40, "11:00", "Hello Callum, you stock two of my favourite flask makers. Would a waxed-canvas pack sit \
                well beside them?"),
            them(36, "16:35", "It would sit very well. What would it leave us?"),
            june(35, "10:10", "The shop price is €139 and yours is €72, delivered."),
            them(21, "09:05", "After duty that leaves us too little, I'm afraid. We need half. Lovely things, though."),
            june(21, "11:30", "Thank you for being plain about it, Callum. If we ever pack from a British store, I'll \
                write."),
        ] }],
        card: Some(Card { value_cents: Some(120_000), lost_reason: Some("Price: margin too thin after duty"), path: &[
            step("invited", 40, "june").because(0), step("connected", 36, "june").because(1),
            step("talking", 35, "june").because(2), step("lost", 21, "june").because(3),
        ] }),
        ..blank(Kind::Lead)
    },
    Person {
        key: "yuki", name: "Yuki Tanabe", company: Some("Kumo Coworking"), title: Some("Community lead"),
        email: Some("yuki.tanabe@example.com"), zone: Some("Asia/Tokyo"), city: Some("Osaka"), owner: "june",
        handles: &[on(Linkedin, "yuki-tanabe-kumo")], tags: &["office", "far away"],
        threads: &[Thread { channel: Linkedin, messages: &[
            june(20, "07:50", "Hello Yuki, the rooftop hikes you run for your members sound wonderful. Who carries the \
                tea?"),
            them(18, "08:15", "Thank you, June. I carry the tea! A bag for three flasks would be a dream."),
            june(15, "07:40", "The Halde takes three flasks upright, I tried. Shall I draw you a divider?"),
            them(11, "09:30", "Yes please. If it works, we would take ten for the hike leaders."),
            june(3, "08:05", "Hi Yuki, the divider for three flasks is drawn and our sewer likes it. Would you like a \
                first sample in moss or in slate?"),
        ] }],
        card: Some(Card { value_cents: Some(79_000), lost_reason: None, path: &[
            step("invited", 20, "june").because(0), step("connected", 18, "june").because(1),
            step("talking", 11, "june").because(3),
        ] }),
        reminders: &[remind("june", 0, "08:30", "Ask Yuki about the colour of the sample").on(Linkedin).draft("Hi \
            Yuki, the divider for three flasks is drawn and our sewer likes it. Would you like a first sample in moss \
            or in slate?")],
        ..blank(Kind::Lead)
    },
    Person {
        key: "ines", name: "Inés Carvajal", company: Some("Sierra Abierta"), title: Some("Co-owner"),
        email: Some("ines.carvajal@example.com"), zone: Some("Europe/Madrid"), city: Some("Granada"), owner: "mara",
        handles: &[on(Linkedin, "ines-carvajal-sierra")], tags: &["shop", "spanish"],
        threads: &[
            Thread { channel: Linkedin, messages: &[
                mara(28, "10:20", "Hola Inés, your guide to the quiet side of the Sierra Nevada is pinned above our \
                    cutting table."),
                them(26, "20:14", "¡Qué ilusión! ¿Sois los de las mochilas con una sola hebilla?"),
                mara(25, "09:00", "Somos nosotros. One buckle, because two are one too many with cold hands."),
                them(14, "18:50", "My sister and I would like to see everything. Can we do a video call with both of \
                    us?"),
                mara(13, "09:25", "With pleasure. I'll set up all colours on the table and turn the camera slowly."),
            ] },
            Thread { channel: Email, messages: &[
                mara(6, "11:00", "Dear Inés, thank you both for the call. Attached is the offer for 20 Halde and 15 \
                    Kante with the tan strap."),
                them(5, "19:40", "Gracias, Mara. We will count what is left in the store room and answer you next \
                    week."),
                mara(4, "08:40", "Take your time. The tan leather is reserved for you until then."),
            ] },
        ],
        card: Some(Card { value_cents: Some(190_500), lost_reason: None, path: &[
            step("found", 30, "mara"), step("invited", 28, "mara").because(0), step("connected", 26, "mara").because(1),
            step("talking", 25, "mara").because(2), step("meeting", 13, "mara").because(3),
        ] }),
        reminders: &[remind("mara", 4, "10:00", "Ask Inés what the count said").on(Email).draft("Hi Inés, how did the \
            count go? The tan leather is still set aside. If fewer suits you better, fifteen and ten work just as \
            well.")],
        ..blank(Kind::Lead)
    },
    Person {
        key: "tobias", name: "Tobias Wernli", company: Some("Gratweg Sport"), title: Some("Category lead, hiking"),
        email: Some("tobias.wernli@example.com"), zone: Some("Europe/Zurich"), city: Some("Zürich"), owner: "tomas",
        handles: &[on(Linkedin, "tobias-wernli-gratweg")], tags: &["shop", "chain"],
        threads: &[
            Thread { channel: Linkedin, messages: &[
                tomas(15, "09:05", "Hello Tobias, six of your shops sell repair kits. May I show you a pack that is \
                    made to be repaired?"),
                them(13, "17:22", "Grüezi Tomas. Gern, but please by email, then I can pass it on to the shops."),
            ] },
            Thread { channel: Email, messages: &[
                tomas(3, "09:40", "Dear Tobias, as you asked: four pages on how the Halde comes apart and goes \
                    together again."),
                away(3, "09:41", "Ich bin bis Ende nächster Woche in den Bergen und lese keine Mails. In dringenden \
                    Fällen hilft Ihnen das Team Wandern gerne weiter."),
            ] },
        ],
        card: Some(Card { value_cents: Some(640_000), lost_reason: None, path: &[
            step("found", 18, "tomas"), step("invited", 15, "tomas").because(0),
            step("connected", 13, "tomas").because(1),
        ] }),
        reminders: &[remind("tomas", 9, "09:00", "Tobias is back: ask what the shops said").on(Email).draft("Hi \
            Tobias, welcome back from the mountains. Did the four pages reach your shops, and did anybody shake their \
            head?")],
        ..blank(Kind::Lead)
    },
    Person {
        key: "amara", name: "Amara Nwosu", title: Some("Office experience lead"), zone: Some("Europe/London"),
        city: Some("Manchester"), owner: "june",
        handles: &[on(Linkedin, "amara-nwosu-offices")], tags: &["office"],
        notes: &[note(6, "june", "Liked Priya's post. Changed jobs last month, the new firm isn't on the profile \
            yet.")],
        card: Some(Card { value_cents: None, lost_reason: None, path: &[step("found", 6, "june")] }),
        reminders: &[remind("june", 0, "14:00", "Invite Amara").on(Linkedin).draft("Hi Amara, I saw that ‹company› is \
            moving into a new building by the canal. Would a welcome pack that people keep be of interest?")],
        ..blank(Kind::Lead)
    },
    Person {
        key: "jonas", name: "Jonas Ekberg", company: Some("Skogshörnan"), title: Some("Shop manager"),
        zone: Some("Europe/Stockholm"), city: Some("Gothenburg"), owner: "tomas",
        handles: &[on(Linkedin, "jonas-ekberg-skogshornan")], tags: &["shop"],
        threads: &[Thread { channel: Linkedin, messages: &[
            tomas(9, "10:30", "Hej Jonas, we have three walkers in Gothenburg who bought our packs by post. They all \
                named your shop as the place where they should hang."),
        ] }],
        card: Some(Card { value_cents: Some(96_000), lost_reason: None, path: &[
            step("found", 12, "tomas"), step("invited", 9, "tomas").because(0),
        ] }),
        reminders: &[remind("tomas", 1, "09:30", "Second try with Jonas").on(Linkedin).draft("Hi Tobias, one more line \
            and then I'll leave you in peace: may I post you a pack to hang in the shop for a week?")],
        ..blank(Kind::Lead)
    },
    Person {
        key: "leila", name: "Leila Haddad", company: Some("Mistral Voyages"), title: Some("Directrice des séminaires"),
        email: Some("leila.haddad@example.com"), zone: Some("Europe/Paris"), city: Some("Marseille"), owner: "mara",
        handles: &[on(Linkedin, "leila-haddad-mistral")], tags: &["office", "retreats", "french"],
        threads: &[Thread { channel: Linkedin, messages: &[
            mara(44, "09:50", "Bonjour Leila, vos séminaires dans les Calanques nous font rêver. A hip pack for each \
                guest, perhaps?"),
            them(41, "11:30", "Bonjour Mara, l'idée est charmante. Combien pour 120 pièces ?"),
            mara(41, "14:15", "À partir de cent, la pièce est à 27 €. Delivered to Marseille in six weeks."),
            them(29, "17:05", "Malheureusement le budget de cette année est bouclé. Reparlons-en l'an prochain."),
            mara(28, "09:10", "Merci de votre franchise, Leila. Je reviendrai vers vous l'an prochain."),
        ] }],
        card: Some(Card { value_cents: Some(324_000), lost_reason: Some("No budget this year"), path: &[
            step("invited", 44, "mara").because(0), step("connected", 41, "mara").because(1),
            step("talking", 40, "mara"), step("lost", 28, "mara").because(3),
        ] }),
        reminders: &[remind("mara", 120, "10:00", "New budget year at Mistral: write to Leila").on(Linkedin)],
        ..blank(Kind::Lead)
    },
    Person {
        key: "bram", name: "Bram de Wilde", company: Some("Polder & Piek"), title: Some("Founder"),
        email: Some("bram.dewilde@example.com"), zone: Some("Europe/Amsterdam"), city: Some("Utrecht"), owner: "june",
        handles: &[on(Linkedin, "bram-de-wilde-polderpiek")], tags: &["shop", "online"],
        notes: &[note(10, "june", "Sells mostly online. Photographs everything himself and wants the packs \
            unstuffed.")],
        threads: &[Thread { channel: Linkedin, messages: &[
            june(24, "13:10", "Hello Bram, a flat country and a shop for mountain gear: I had to write. Would you look \
                at our packs?"),
            them(23, "20:30", "Everyone here dreams of hills, that's the business. Show me!"),
            june(22, "09:15", "Here are the five colours, photographed on a dyke in your honour."),
            them(12, "10:50", "Very good. Could we talk about drop shipping? I have no store room."),
            june(11, "09:00", "We can post straight to your customers, with your card in the parcel. Tomorrow at four \
                by video?"),
            them(11, "09:20", "Four is fine."),
            them(2, "20:05", "Good call the other day. One thing is still missing: what does a parcel to Belgium cost \
                me?"),
        ] }],
        card: Some(Card { value_cents: Some(144_000), lost_reason: None, path: &[
            step("invited", 24, "june").because(0), step("connected", 23, "june").because(1),
            step("talking", 22, "june").because(2), step("meeting", 11, "june").because(5),
        ] }),
        reminders: &[remind("june", -1, "16:00", "Tell Bram what a parcel to Belgium costs").on(Linkedin).draft("Hi \
            Bram, a parcel to Belgium is €6.40 up to five kilos, which is three packs. Anything else before you put \
            them online?")],
        ..blank(Kind::Lead)
    },
];
