package dev.oriel.runtime.text;

import dev.oriel.runtime.text.jinja.Template;
import java.time.LocalDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// A model's chat template: Jinja2 text that turns a conversation into a prompt, read as Hugging Face transformers sets
/// Jinja2 up (`trim_blocks`, `lstrip_blocks`, loop controls, the immutable sandbox, its own `tojson`, `raise_exception`
/// and `strftime_now`).
///
/// Templates come with model files and are not trusted. They run in an interpreter of our own that knows plain values only and stops
/// with an error at its limits of steps, text and nesting. Immutable and thread-safe.
public final class ChatTemplate {
    private final Template template;
    private final String source;
    /// Found out when first needed.
    private volatile Optional<CallManner> manner;

    private ChatTemplate(String source, boolean generation) {
        this.source = source;
        template = Template.parse(source, generation);
    }

    /// Reads a template as plain Jinja2 does, where the tag `generation` is unknown.
    ///
    /// @throws TemplateException where the text is not a template
    public static ChatTemplate of(String source) {
        return new ChatTemplate(source, false);
    }

    /// As [#of(String)], and takes the tag `{% generation %}`, with which some templates mark the answers to train on:
    /// what it encloses is rendered as it stands.
    ///
    /// @throws TemplateException where the text is not a template
    public static ChatTemplate withGeneration(String source) {
        return new ChatTemplate(source, true);
    }

    /// Renders a conversation; `strftime_now` tells the time of the call.
    ///
    /// @param variables `messages`, `tools`, `documents`, `add_generation_prompt`, `bos_token`...: strings, numbers, booleans, lists, maps, null.
    ///                  A variable that is null is defined and none; one that is absent is undefined.
    /// @throws TemplateException where the template fails, raises or passes a limit
    public String render(Map<String, Object> variables) {
        return render(variables, LocalDateTime.now());
    }

    /// @param now what `strftime_now` tells
    public String render(Map<String, Object> variables, LocalDateTime now) {
        return template.render(variables, now);
    }

    /// As [#render(Map)], and tells where in the prompt each of `messages` is. The text is the same.
    ///
    /// @throws TemplateException as `render`, and where the template cuts the messages into more pieces than can be followed
    public ChatPrompt renderWithSpans(Map<String, Object> variables) {
        return renderWithSpans(variables, LocalDateTime.now());
    }

    /// @param now what `strftime_now` tells
    public ChatPrompt renderWithSpans(Map<String, Object> variables, LocalDateTime now) {
        int count = variables.get("messages") instanceof Collection<?> messages ? messages.size() : 0;
        return ChatPrompt.of(template.follow(variables, now), count);
    }

    /// How models with this template write calls of tools; absent where it does not say.
    public Optional<ToolCallForm> toolCallForm() { return ToolCallForm.of(source); }

    /// Takes apart a whole answer: text, reasoning, calls.
    ///
    /// @param answer with the marks that are control tokens, as `tokenizer.decode(ids, true)` has them
    public Answer parse(String answer) { return parse(answer, List.of()); }

    /// @param tools those that were offered: their schemas say what is a text and what a number where the form does not, and where a call has no marks
    ///              only their names make it one
    public Answer parse(String answer, List<Tool> tools) {
        Optional<Thinking> thinks = Thinking.of(source);
        AnswerReader reader = new AnswerReader(toolCallForm(), thinks, thinks.filter(row -> row.begunIn(answer)).isPresent(), tools, _ -> { });
        reader.add(answer);
        return reader.finish();
    }

    /// Takes apart an answer as it comes.
    ///
    /// @param prompt   what the answer is to: it may end within the reasoning
    /// @param tools    those that were offered; where there are none, nothing is a call
    /// @param listener gets text and reasoning in pieces, and every call when it is whole
    public AnswerReader reader(String prompt, List<Tool> tools, Consumer<Answer.Part> listener) {
        Optional<Thinking> thinks = Thinking.of(source);
        return new AnswerReader(tools.isEmpty() ? Optional.empty() : toolCallForm(), thinks, thinks.filter(row -> row.begunBy(prompt)).isPresent(), tools, listener);
    }

    /// Messages as this template takes them.
    public List<Map<String, Object>> messages(List<ChatMessage> messages) { return messages.stream().map(message -> message.variables(manner(message))).toList(); }

    private Optional<CallManner> manner(ChatMessage message) {
        if (message.calls().isEmpty()) return Optional.empty();
        if (manner == null) manner = CallManner.of(this);
        return manner;
    }

    /// Whether the template tells the model about tools.
    public boolean listsTools() { return CallManner.listsTools(this); }
}
