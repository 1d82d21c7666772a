package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Generated;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Sampling;
import dev.oriel.runtime.Session;
import dev.oriel.runtime.Token;
import dev.oriel.runtime.text.ChatTemplate;
import dev.oriel.runtime.text.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// A chat with one model: the messages so far, and one session that keeps what it has read of them.
final class Conversation implements AutoCloseable {
    private final Model model;
    private final ChatTemplate template;
    private final Session session;
    private final String system;
    private final List<Map<String, Object>> messages = new ArrayList<>();

    /// @param system what the model is told first, or null
    Conversation(Model model, String system) {
        this.model = model;
        this.system = system;
        template = model.chatTemplate().orElseThrow(() -> new ModelException(model.info().file(), "chat template", "one, to chat", "none: use run"));
        session = model.session();
        reset();
    }

    /// Forgets all messages but the system's.
    void reset() {
        messages.clear();
        if (system != null) messages.add(message("system", system));
    }

    /// Asks, and hands out the answer as it comes. Where that fails, the question is forgotten.
    ///
    /// @param maxTokens 0 for as many as the context holds
    Generated ask(String question, Sampling sampling, int maxTokens, Consumer<Token> listener) {
        messages.add(message("user", question));
        try {
            int[] ids = prompt();
            int[] news = session.keepCommon(ids);
            int room = model.context() - ids.length;
            if (room < 1)
                throw new ModelException("the conversation has " + ids.length + " tokens, and the context holds " + model.context() + " (see --context): /reset begins anew");
            Generated answer = session.generate(news, sampling, maxTokens == 0 ? room : Math.min(room, maxTokens), listener);
            messages.add(message("assistant", answer.text()));
            return answer;
        } catch (RuntimeException e) {
            messages.removeLast();
            throw e;
        }
    }

    /// Ends the running answer; from any thread.
    void cancel() { session.cancel(); }

    private int[] prompt() {
        Tokenizer tokenizer = model.tokenizer();
        Map<String, Object> variables = new LinkedHashMap<>(specialTokens(tokenizer));
        variables.put("messages", List.copyOf(messages));
        variables.put("add_generation_prompt", true);
        String text = template.render(variables);
        boolean begun = tokenizer.bos() >= 0 && text.startsWith(tokenizer.piece(tokenizer.bos()));
        return tokenizer.encode(text, !begun, true);
    }

    /// The names templates know these tokens by.
    static Map<String, Object> specialTokens(Tokenizer tokenizer) {
        Map<String, Object> tokens = new LinkedHashMap<>();
        if (tokenizer.bos() >= 0) tokens.put("bos_token", tokenizer.piece(tokenizer.bos()));
        if (tokenizer.eos() >= 0) tokens.put("eos_token", tokenizer.piece(tokenizer.eos()));
        return tokens;
    }

    private static Map<String, Object> message(String role, String content) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", role);
        message.put("content", content);
        return message;
    }

    @Override
    public void close() { session.close(); }
}
