package dev.oriel.runtime.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a model answered, taken apart as its chat template puts answers together: text, reasoning, calls of tools. Nothing is lost: what looks like a call and is none
/// stays text, and says so.
///
/// @param text  the whole answer with all marks
/// @param parts in the order of the answer
/// @param state whether all of it could be read
public record Answer(String text, List<Part> parts, State state) {
    public enum State {
        COMPLETE,
        /// It ends within a call or within the reasoning.
        UNFINISHED,
        /// A call is not as the template's form has it.
        MALFORMED
    }

    /// A piece of an answer.
    public sealed interface Part {
        /// What is said to the user.
        record Text(String text) implements Part { }

        /// What the model thinks to itself, without the marks around it.
        record Reasoning(String text) implements Part { }

        /// A call that was read.
        record Call(ToolCall call) implements Part { }

        /// What began as a call and cannot be read as one, with its marks.
        ///
        /// @param why what was expected where
        record Broken(String text, State state, String why) implements Part { }
    }

    public Answer {
        parts = List.copyOf(parts);
    }

    /// All that is said to the user, broken calls included, without white space at the ends.
    public String content() {
        StringBuilder all = new StringBuilder();
        for (Part part : parts) {
            if (part instanceof Part.Text(String said)) all.append(said);
            if (part instanceof Part.Broken broken) all.append(broken.text());
        }
        return all.toString().strip();
    }

    /// All reasoning, without white space at the ends; absent where there is none.
    public Optional<String> reasoning() {
        StringBuilder all = new StringBuilder();
        for (Part part : parts) if (part instanceof Part.Reasoning(String thought)) all.append(thought);
        return all.toString().isBlank() ? Optional.empty() : Optional.of(all.toString().strip());
    }

    public List<ToolCall> calls() { return parts.stream().flatMap(part -> part instanceof Part.Call(ToolCall call) ? Stream.of(call) : null).toList(); }

    /// The same with an id for every call that has none; ids that are there stay. Some templates want exactly nine letters and digits, so that is what they are.
    ///
    /// @param first number of the first one
    public Answer withIds(int first) {
        List<Part> all = new ArrayList<>();
        int number = first;
        for (Part part : parts) all.add(part instanceof Part.Call(ToolCall call) && call.id().isEmpty() ? new Part.Call(call.withId("call%05d".formatted(number++))) : part);
        return new Answer(text, all, state);
    }
}
