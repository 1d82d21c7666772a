package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Answer;
import dev.oriel.runtime.text.AnswerReader;
import dev.oriel.runtime.text.ChatMessage;
import dev.oriel.runtime.text.ChatPrompt;
import dev.oriel.runtime.text.ChatTemplate;
import dev.oriel.runtime.text.Tokenizer;
import dev.oriel.runtime.text.Tool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A chat with one model: the messages so far, the tools it may call, and one session that keeps what it has read of them.
///
/// What stands in a message or a tool is never read as a special token. Not for several threads, except for [#cancel].
public final class Conversation implements AutoCloseable {
    private final Model model;
    private ChatTemplate template;
    private final Session session;
    private final List<ChatMessage> messages = new ArrayList<>();
    private final Map<String, Object> variables = new LinkedHashMap<>();
    private List<Tool> tools = List.of();
    private int calls;

    /// What hears an answer while it is generated.
    public interface Listener {
        /// Text and reasoning in pieces, and every call when it is whole.
        void part(Answer.Part part);

        /// Every token as it comes.
        default void token(Token token) { }
    }

    /// An answer.
    ///
    /// @param answer    what it says
    /// @param generated how it came about
    public record Reply(Answer answer, Generated generated) { }

    /// @throws ModelException where the model has no chat template
    public Conversation(Model model) {
        this.model = model;
        template = model.chatTemplate().orElseThrow(() -> new ModelException(model.info().file(), "chat template", "one, to chat", "none: use run"));
        session = model.session();
    }

    /// The model may call these from now on. Where it has a template of its own for that, it is used from now on too.
    ///
    /// @throws ModelException where the model's template does not tell it about tools
    public Conversation offer(List<Tool> tools) {
        if (!tools.isEmpty() && !template.listsTools()) template = model.toolTemplate().filter(ChatTemplate::listsTools)
                .orElseThrow(() -> new ModelException(model.info().file(), "chat template", "one that lists tools", "one that leaves them out"));
        this.tools = List.copyOf(tools);
        return this;
    }

    /// Sets a variable that the model's template knows (`enable_thinking`, `documents`...).
    public Conversation set(String variable, Object value) {
        variables.put(variable, value);
        return this;
    }

    public Conversation add(ChatMessage message) {
        messages.add(message);
        return this;
    }

    public List<ChatMessage> messages() { return List.copyOf(messages); }

    /// Forgets all messages but the system's at the beginning.
    public void reset() {
        int kept = !messages.isEmpty() && messages.getFirst().role().equals("system") ? 1 : 0;
        forget(kept);
    }

    /// Forgets all but the first `count` messages.
    public void forget(int count) { messages.subList(count, messages.size()).clear(); }

    /// Asks. Where that fails, the question is forgotten.
    ///
    /// @param maxTokens 0 for as many as the context holds
    public Reply ask(String question, Sampling sampling, int maxTokens, Listener listener) {
        int before = messages.size();
        add(ChatMessage.user(question));
        try {
            return reply(sampling, maxTokens, listener);
        } catch (RuntimeException e) {
            forget(before);
            throw e;
        }
    }

    /// Answers the messages so far, and becomes one of them. Calls in it without an id get one; add a [ChatMessage#result] for each before the next reply.
    ///
    /// @param maxTokens 0 for as many as the context holds
    public Reply reply(Sampling sampling, int maxTokens, Listener listener) {
        ChatPrompt prompt = prompt();
        int[] ids = prompt.encode(model.tokenizer()).ids();
        int room = model.context() - ids.length;
        if (room < 1) throw new ModelException("the conversation has " + ids.length + " tokens, and the context holds " + model.context() + " (see --context): /reset begins anew");
        AnswerReader reader = template.reader(prompt.text(), tools, listener::part);
        Generated generated = session.generate(session.keepCommon(ids), sampling, maxTokens == 0 ? room : Math.min(room, maxTokens), token -> {
            reader.add(model.tokenizer(), token.id(), token.text());
            listener.token(token);
        });
        Answer answer = reader.finish().withIds(calls);
        calls += answer.calls().size();
        messages.add(ChatMessage.of(answer));
        return new Reply(answer, generated);
    }

    /// Ends the running answer; from any thread.
    public void cancel() { session.cancel(); }

    private ChatPrompt prompt() {
        Map<String, Object> all = new LinkedHashMap<>(specialTokens(model.tokenizer()));
        all.put("messages", template.messages(messages));
        if (!tools.isEmpty()) all.put("tools", tools.stream().map(Tool::schema).toList());
        all.put("add_generation_prompt", true);
        all.putAll(variables);
        return template.renderWithSpans(all);
    }

    /// The variables by which templates know a vocabulary's tokens.
    public static Map<String, Object> specialTokens(Tokenizer tokenizer) {
        Map<String, Object> tokens = new LinkedHashMap<>();
        if (tokenizer.bos() >= 0) tokens.put("bos_token", tokenizer.piece(tokenizer.bos()));
        if (tokenizer.eos() >= 0) tokens.put("eos_token", tokenizer.piece(tokenizer.eos()));
        return tokens;
    }

    @Override
    public void close() { session.close(); }
}
