//! The tables as diesel sees them: one text for both databases. Private to `db`: everyone else comes through a door.
#![allow(missing_docs, reason = "the migrations say what the columns are")]

diesel::table! {
    instance (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        name -> Text,
        password_hash -> Nullable<Text>,
        timezone -> Text,
        digest_on -> Bool,
        digest_time -> Time,
        digest_days -> SmallInt,
        digest_key -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        user_id -> BigInt,
        key_hash -> Text,
        agent -> Text,
        address -> Text,
        flash -> Nullable<Text>,
        created_at -> Timestamp,
        seen_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    throttles (key) {
        key -> Text,
        failures -> Integer,
        since -> Timestamp,
    }
}

diesel::table! {
    workspaces (id) {
        id -> BigInt,
        slug -> Text,
        name -> Text,
        timezone -> Text,
        work_from -> Time,
        work_to -> Time,
        work_days -> SmallInt,
        currency -> Text,
        demo -> Bool,
        checklist_done -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    members (workspace_id, user_id) {
        workspace_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        left_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    links (id) {
        id -> BigInt,
        kind -> Text,
        key_hash -> Text,
        email -> Nullable<Text>,
        workspace_id -> Nullable<BigInt>,
        role -> Nullable<Text>,
        made_by -> Nullable<BigInt>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    tokens (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        key_hash -> Text,
        created_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    idempotency (workspace_id, user_id, key) {
        workspace_id -> BigInt,
        user_id -> BigInt,
        key -> Text,
        request_hash -> Text,
        status -> Integer,
        body -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    contacts (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        kind -> Text,
        name -> Text,
        name_key -> Text,
        company -> Nullable<Text>,
        title -> Nullable<Text>,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        phone -> Nullable<Text>,
        phone_key -> Nullable<Text>,
        timezone -> Nullable<Text>,
        owner_id -> Nullable<BigInt>,
        preferred_channel -> Nullable<Text>,
        do_not_contact -> Nullable<Text>,
        search_extra -> Text,
        turn -> Text,
        last_in_at -> Nullable<Timestamp>,
        last_out_at -> Nullable<Timestamp>,
        last_words -> Nullable<Text>,
        last_words_in -> Nullable<Bool>,
        touched_at -> Timestamp,
        merged_into -> Nullable<BigInt>,
        import_id -> Nullable<BigInt>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    handles (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        contact_id -> BigInt,
        channel -> Text,
        key -> Text,
        url -> Nullable<Text>,
        username -> Nullable<Text>,
        platform_id -> Nullable<Text>,
        followers -> Nullable<BigInt>,
        import_id -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    tags (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    contact_tags (workspace_id, tag_id, contact_id) {
        workspace_id -> BigInt,
        contact_id -> BigInt,
        tag_id -> BigInt,
    }
}

diesel::table! {
    notes (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        contact_id -> BigInt,
        author_id -> BigInt,
        body -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    merges (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        kept_id -> BigInt,
        gone_id -> BigInt,
        by_id -> BigInt,
        undo -> Text,
        created_at -> Timestamp,
        undone_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    strangers (workspace_id, low_id, high_id) {
        workspace_id -> BigInt,
        low_id -> BigInt,
        high_id -> BigInt,
        by_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    events (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        at -> Timestamp,
        actor_id -> Nullable<BigInt>,
        origin -> Text,
        verb -> Text,
        noun_id -> Nullable<BigInt>,
        contact_id -> Nullable<BigInt>,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
    }
}

diesel::table! {
    threads (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        contact_id -> BigInt,
        channel -> Text,
        external_id -> Nullable<Text>,
        url -> Nullable<Text>,
        title -> Nullable<Text>,
        kind -> Text,
        assignee_id -> Nullable<BigInt>,
        turn -> Text,
        last_message_at -> Timestamp,
        last_in_at -> Nullable<Timestamp>,
        last_out_at -> Nullable<Timestamp>,
        last_words -> Nullable<Text>,
        last_words_in -> Nullable<Bool>,
        import_id -> Nullable<BigInt>,
        created_at -> Timestamp,
        status -> Text,
        snoozed_until -> Nullable<Timestamp>,
        woken_at -> Nullable<Timestamp>,
        listed_at -> Timestamp,
        counterpart -> Nullable<Text>,
    }
}

diesel::table! {
    thread_names (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        thread_id -> BigInt,
        channel -> Text,
        external_id -> Text,
        import_id -> BigInt,
    }
}

diesel::table! {
    unreads (workspace_id, user_id, thread_id) {
        workspace_id -> BigInt,
        user_id -> BigInt,
        thread_id -> BigInt,
        import_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    messages (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        thread_id -> BigInt,
        contact_id -> BigInt,
        direction -> Text,
        author_id -> Nullable<BigInt>,
        author_name -> Text,
        body -> Text,
        body_key -> Text,
        external_id -> Nullable<Text>,
        automatic -> Bool,
        sent_at -> Timestamp,
        import_id -> Nullable<BigInt>,
        created_at -> Timestamp,
        aside -> Bool,
        reactions -> Nullable<Text>,
    }
}

diesel::table! {
    files (workspace_id, hash) {
        workspace_id -> BigInt,
        hash -> Text,
        size -> BigInt,
        kind -> Text,
        state -> Text,
        thumb -> Nullable<Bool>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    attachments (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        message_id -> BigInt,
        name -> Text,
        source -> Nullable<Text>,
        hash -> Nullable<Text>,
        import_id -> Nullable<BigInt>,
        wanted_by -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    templates (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        name -> Text,
        channel -> Nullable<Text>,
        body -> Text,
        owner_id -> Nullable<BigInt>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    variants (workspace_id, variant_id) {
        workspace_id -> BigInt,
        variant_id -> BigInt,
        template_id -> BigInt,
        letter -> Text,
    }
}

diesel::table! {
    template_uses (workspace_id, message_id) {
        workspace_id -> BigInt,
        message_id -> BigInt,
        template_id -> BigInt,
    }
}

diesel::table! {
    pipelines (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        name -> Text,
        kind -> Text,
        lost_reasons -> Text,
        position -> Integer,
        created_at -> Timestamp,
    }
}

diesel::table! {
    stages (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        pipeline_id -> BigInt,
        name -> Text,
        position -> Integer,
        state -> Text,
        channel -> Nullable<Text>,
        rot_days -> Nullable<Integer>,
        deleted_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    stage_totals (workspace_id, stage_id) {
        workspace_id -> BigInt,
        stage_id -> BigInt,
        cards -> BigInt,
        value_cents -> BigInt,
    }
}

diesel::table! {
    cadence_steps (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        stage_id -> BigInt,
        position -> Integer,
        delay_days -> Integer,
        at_time -> Time,
        channel -> Nullable<Text>,
        template_id -> Nullable<BigInt>,
        title -> Text,
    }
}

diesel::table! {
    cards (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        contact_id -> BigInt,
        pipeline_id -> BigInt,
        stage_id -> BigInt,
        state -> Text,
        owner_id -> Nullable<BigInt>,
        value_cents -> BigInt,
        version -> Integer,
        next_at -> Nullable<Timestamp>,
        lost_reason -> Nullable<Text>,
        entered_at -> Timestamp,
        created_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    visits (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        card_id -> BigInt,
        stage_id -> BigInt,
        entered_at -> Timestamp,
        left_at -> Nullable<Timestamp>,
        moved_by -> Nullable<BigInt>,
        evidence_id -> Nullable<BigInt>,
        note -> Nullable<Text>,
        undoes -> Nullable<BigInt>,
    }
}

diesel::table! {
    visit_threads (workspace_id, visit_id, thread_id) {
        workspace_id -> BigInt,
        visit_id -> BigInt,
        thread_id -> BigInt,
        stage_id -> BigInt,
        first_at -> Timestamp,
        last_at -> Timestamp,
    }
}

diesel::table! {
    reminders (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        contact_id -> BigInt,
        card_id -> Nullable<BigInt>,
        thread_id -> Nullable<BigInt>,
        visit_id -> Nullable<BigInt>,
        user_id -> BigInt,
        title -> Text,
        channel -> Nullable<Text>,
        due_date -> Date,
        due_time -> Time,
        timezone -> Text,
        due_at -> Timestamp,
        occurrence -> Integer,
        state -> Text,
        stopped_because -> Nullable<Text>,
        template_id -> Nullable<BigInt>,
        draft -> Nullable<Text>,
        ready -> Bool,
        step_id -> Nullable<BigInt>,
        why -> Text,
        made_by -> Nullable<BigInt>,
        closed_by -> Nullable<BigInt>,
        closed_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    notices (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        reminder_id -> BigInt,
        occurrence -> Integer,
        user_id -> BigInt,
        late -> Bool,
        created_at -> Timestamp,
        read_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    overrides (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        contact_id -> BigInt,
        user_id -> BigInt,
        reasons -> Text,
        note -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    imports (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        user_id -> BigInt,
        kind -> Text,
        file_name -> Text,
        path -> Nullable<Text>,
        state -> Text,
        owner_name -> Nullable<Text>,
        owner_key -> Nullable<Text>,
        rows_total -> BigInt,
        rows_done -> BigInt,
        counts -> Text,
        problem -> Nullable<Text>,
        created_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
        day_first -> Nullable<Bool>,
    }
}

diesel::table! {
    candidates (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        import_id -> BigInt,
        key -> Text,
        name -> Text,
        detail -> Nullable<Text>,
        verdict -> Text,
        reason -> Nullable<Text>,
        contact_id -> Nullable<BigInt>,
        messages -> BigInt,
        last_at -> Nullable<Timestamp>,
        chosen -> Bool,
    }
}

diesel::table! {
    import_changes (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        import_id -> BigInt,
        contact_id -> BigInt,
        field -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        workspace_id -> Nullable<BigInt>,
        kind -> Text,
        data -> Text,
        key -> Nullable<Text>,
        attempts -> Integer,
        run_at -> Timestamp,
        leased_until -> Nullable<Timestamp>,
        parked -> Bool,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    mails (id) {
        id -> BigInt,
        workspace_id -> Nullable<BigInt>,
        user_id -> Nullable<BigInt>,
        kind -> Text,
        key -> Text,
        recipient -> Text,
        subject -> Text,
        body_text -> Text,
        body_html -> Nullable<Text>,
        unsubscribe -> Nullable<Text>,
        message_id -> Text,
        state -> Text,
        attempts -> Integer,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        sent_at -> Nullable<Timestamp>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    instance,
    users,
    sessions,
    throttles,
    workspaces,
    members,
    links,
    tokens,
    idempotency,
    contacts,
    handles,
    tags,
    contact_tags,
    notes,
    merges,
    strangers,
    events,
    threads,
    thread_names,
    unreads,
    messages,
    files,
    attachments,
    templates,
    variants,
    template_uses,
    pipelines,
    stages,
    stage_totals,
    cadence_steps,
    cards,
    visits,
    visit_threads,
    reminders,
    notices,
    overrides,
    imports,
    candidates,
    import_changes,
    jobs,
    mails,
);
