package dev.oriel.app;

import dev.oriel.loaders.Json;
import dev.oriel.runtime.Conversation;
import dev.oriel.runtime.Token;
import dev.oriel.runtime.text.Answer;
import dev.oriel.runtime.text.Answer.Part;
import dev.oriel.runtime.text.ToolCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Prints an answer as it comes: what is said on stdout, what the model thinks to itself on stderr, then a line of JSON for each call.
final class SpokenAnswer implements Conversation.Listener {
    private final Streams streams;
    private final boolean json;
    private final Speed speed = new Speed(0);
    private boolean thought;
    private boolean said;

    SpokenAnswer(Streams streams, boolean json) {
        this.streams = streams;
        this.json = json;
    }

    Speed speed() { return speed; }

    @Override
    public void token(Token token) { speed.token(); }

    @Override
    public void part(Part part) {
        if (json) return;
        switch (part) {
            case Part.Reasoning(String text) -> {
                streams.err().print(text);
                streams.err().flush();
                thought = true;
            }
            case Part.Text(String text) -> say(text);
            case Part.Broken broken -> say(broken.text());
            case Part.Call _ -> { }
        }
    }

    /// Marks around reasoning and calls leave empty lines.
    private void say(String text) {
        if (thought && !said) {
            String from = text.stripLeading();
            if (from.isEmpty()) return;
            streams.err().println();
            streams.print(from);
        } else {
            streams.print(text);
        }
        said |= !text.isBlank();
    }

    void end(Answer answer) {
        if (json) {
            streams.println(Json.write(message(answer)));
        } else {
            if (said || answer.calls().isEmpty()) streams.println("");
            for (ToolCall call : answer.calls()) streams.println(line(call));
        }
        for (Part part : answer.parts()) if (part instanceof Part.Broken broken) streams.note("oriel: a call in the answer is " + state(broken.state()) + ": " + broken.why());
    }

    private static String line(ToolCall call) {
        Map<String, Object> all = new LinkedHashMap<>();
        call.id().ifPresent(id -> all.put("id", id));
        all.put("name", call.name());
        all.put("arguments", call.values());
        return Json.write(all);
    }

    private static Map<String, Object> message(Answer answer) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", answer.content());
        answer.reasoning().ifPresent(text -> message.put("reasoning_content", text));
        List<Object> calls = new ArrayList<>();
        for (ToolCall call : answer.calls()) {
            Map<String, Object> each = new LinkedHashMap<>();
            call.id().ifPresent(id -> each.put("id", id));
            each.put("type", "function");
            each.put("function", new TreeMap<>(Map.of("name", call.name(), "arguments", call.arguments())));
            calls.add(each);
        }
        if (!calls.isEmpty()) message.put("tool_calls", calls);
        message.put("state", state(answer.state()));
        return message;
    }

    private static String state(Answer.State state) { return state.name().toLowerCase(Locale.ROOT); }
}
