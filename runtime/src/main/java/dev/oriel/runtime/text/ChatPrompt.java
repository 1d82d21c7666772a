package dev.oriel.runtime.text;

import dev.oriel.runtime.text.jinja.Rendered;
import dev.oriel.runtime.text.jinja.Rendered.Piece;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A rendered conversation, and where in it each message is. The spans are followed through the template, not searched for: two messages of the same text,
/// or a text that the template writes too, are told apart.
///
/// @param messages in the order of the conversation
/// @param literal  in ascending order, what does not come from the template: contents, tools, calls, names... Special tokens written there are none.
///                 Roles and the variables named `..._token` count as the template's own.
public record ChatPrompt(String text, List<Message> messages, List<TextSpan> literal) {
    /// Where a message is.
    ///
    /// @param content from the first to the last character of its content that the prompt has. Templates trim contents, cut reasoning out of them and put marks into
    ///                them, so the text there may be shorter or longer than the content. In JSON, its escapes are. Absent where the content is
    ///                empty, left out, or put through an operation that makes other characters of it (capitals). Where the template writes it several times, the one of which most is there, and of these the first.
    /// @param turn    all that the template wrote while its loop over the messages was at this one: header, content, tool calls, end. Absent where the template did not
    ///                write the message in such a loop (often the system message), or merged it with another
    public record Message(Optional<TextSpan> content, Optional<TextSpan> turn) { }

    public ChatPrompt {
        messages = List.copyOf(messages);
        literal = List.copyOf(literal);
    }

    static ChatPrompt of(Rendered rendered, int count) {
        List<Run> runs = runs(rendered);
        List<Message> messages = new ArrayList<>();
        for (int m = 0; m < count; m++) messages.add(message(rendered, runs, m));
        return new ChatPrompt(rendered.text(), messages, literal(rendered));
    }

    /// Pieces of one content in their order, with nothing of another between them.
    ///
    /// @param last where the last piece starts in the content
    private record Run(int message, int from, int to, int characters, int last) {
        boolean goesOn(Piece piece) { return piece.message() == message && piece.at() > last; }

        static Run of(Piece piece) { return new Run(piece.message(), piece.from(), piece.to(), length(piece), piece.at()); }

        Run with(Piece piece) { return new Run(message, from, piece.to(), characters + length(piece), piece.at()); }

        private static int length(Piece piece) { return piece.to() - piece.from(); }
    }

    private static List<Run> runs(Rendered rendered) {
        List<Run> runs = new ArrayList<>();
        for (Piece piece : rendered.pieces()) {
            if (!piece.isContent()) continue;
            if (!runs.isEmpty() && runs.getLast().goesOn(piece)) runs.add(runs.removeLast().with(piece));
            else runs.add(Run.of(piece));
        }
        return runs;
    }

    private static Message message(Rendered rendered, List<Run> runs, int m) {
        Run best = null;
        for (Run run : runs) if (run.message == m && (best == null || run.characters > best.characters)) best = run;
        Optional<TextSpan> content = Optional.ofNullable(best).map(run -> new TextSpan(run.from, run.to));
        Optional<TextSpan> turn = rendered.pieces().stream().filter(piece -> piece.isTurn() && piece.message() == m)
                .map(piece -> new TextSpan(piece.from(), piece.to()))
                .filter(span -> content.map(c -> span.from() <= c.from() && c.to() <= span.to()).orElseGet(() -> !span.in(rendered.text()).isBlank()))
                .findFirst();
        return new Message(content, turn);
    }

    private static List<TextSpan> literal(Rendered rendered) {
        List<TextSpan> all = new ArrayList<>();
        rendered.pieces().stream().filter(piece -> !piece.isTurn()).map(piece -> new TextSpan(piece.from(), piece.to())).sorted(Comparator.comparingInt(TextSpan::from)).forEach(span -> {
            boolean joined = !all.isEmpty() && span.from() <= all.getLast().to();
            all.add(joined ? new TextSpan(all.getLast().from(), Math.max(all.removeLast().to(), span.to())) : span);
        });
        return all;
    }

    /// The prompt's tokens. Special tokens are what the template wrote, and never what stands in a message or in a tool, so that nobody can end a message from within it.
    /// BOS is put before it where the vocabulary wants one and the template has written none.
    public Encoded encode(Tokenizer tokenizer) {
        boolean begun = tokenizer.bos() >= 0 && text.startsWith(tokenizer.piece(tokenizer.bos()));
        return tokenizer.encodeWithOffsets(text, !begun, literal);
    }

    /// The tokens of a message's content, in `encoded` as [Encoded#tokens(TextSpan)] gives them.
    ///
    /// @param encoded of [#text]
    public Optional<TokenSpan> contentTokens(int message, Encoded encoded) { return messages.get(message).content.map(checked(encoded)::tokens); }

    /// The tokens of a message with all that the template wrote around it.
    ///
    /// @param encoded of [#text]
    public Optional<TokenSpan> turnTokens(int message, Encoded encoded) { return messages.get(message).turn.map(checked(encoded)::tokens); }

    private Encoded checked(Encoded encoded) {
        if (!encoded.text().equals(text)) throw new IllegalArgumentException("the tokens are of another text than this prompt");
        return encoded;
    }
}
