package dev.oriel.app;

import java.util.Locale;

/// The commands by name, in the order in which help lists them. [HeadStart] asks before anything else is loaded, so no command's class is named here.
enum Verb {
    DEMO(Needs.EMBEDDED),
    RUN(Needs.EITHER),
    CHAT(Needs.MODEL),
    INFO(Needs.NOTHING),
    TOKENIZE(Needs.NOTHING),
    TEMPLATE(Needs.NOTHING),
    LOGITS(Needs.MODEL),
    TRACE(Needs.MODEL),
    INSPECT(Needs.MODEL),
    CONVERT(Needs.NOTHING),
    PULL(Needs.NOTHING),
    BENCH(Needs.MODEL),
    EMBED(Needs.MODEL),
    CLASSIFY(Needs.MODEL),
    RERANK(Needs.MODEL),
    FILL(Needs.MODEL);

    /// What a command computes with.
    enum Needs {
        NOTHING,
        /// The model behind `-m`, if there is one.
        MODEL,
        /// The model in the jar.
        EMBEDDED,
        /// The model behind `-m`, or else the one in the jar.
        EITHER
    }

    final Needs needs;

    Verb(Needs needs) { this.needs = needs; }

    /// As it is typed.
    String word() { return name().toLowerCase(Locale.ROOT); }

    /// Null if no command has that name.
    static Verb of(String word) {
        for (Verb verb : values()) if (verb.word().equals(word)) return verb;
        return null;
    }
}
