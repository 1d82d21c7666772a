package dev.oriel.runtime.text;

import dev.oriel.runtime.text.jinja.Template;
import java.time.LocalDateTime;
import java.util.Collection;
import java.util.Map;

/// A model's chat template: Jinja2 text that turns a conversation into a prompt, read as Hugging Face transformers sets
/// Jinja2 up (`trim_blocks`, `lstrip_blocks`, loop controls, the immutable sandbox, its own `tojson`, `raise_exception`
/// and `strftime_now`).
///
/// Templates come with model files and are not trusted. They run in an interpreter of our own that knows plain values only and stops
/// with an error at its limits of steps, text and nesting. Immutable and thread-safe.
public final class ChatTemplate {
    private final Template template;

    private ChatTemplate(Template template) {
        this.template = template;
    }

    /// Reads a template as plain Jinja2 does, where the tag `generation` is unknown.
    ///
    /// @throws TemplateException where the text is not a template
    public static ChatTemplate of(String source) {
        return new ChatTemplate(Template.parse(source, false));
    }

    /// As [#of(String)], and takes the tag `{% generation %}`, with which some templates mark the answers to train on:
    /// what it encloses is rendered as it stands.
    ///
    /// @throws TemplateException where the text is not a template
    public static ChatTemplate withGeneration(String source) {
        return new ChatTemplate(Template.parse(source, true));
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
}
