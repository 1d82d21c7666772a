package dev.oriel.runtime.text;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A message of a conversation.
///
/// @param role      `system`, `user`, `assistant`, `tool`, or what else the model's template knows
/// @param content   what is said; of a tool, its result
/// @param reasoning what an assistant thought before: templates decide how much of that stays
/// @param calls     of tools, by an assistant
/// @param whole     the whole answer of an assistant as the model wrote it, for templates that have no place for calls
/// @param name      of the tool whose result this is
/// @param call      the id of the call whose result this is
public record ChatMessage(String role, String content, Optional<String> reasoning, List<ToolCall> calls, Optional<String> whole, Optional<String> name, Optional<String> call) {
    public ChatMessage {
        calls = List.copyOf(calls);
    }

    private static ChatMessage of(String role, String content) {
        return new ChatMessage(role, content, Optional.empty(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    public static ChatMessage system(String content) { return of("system", content); }

    public static ChatMessage user(String content) { return of("user", content); }

    public static ChatMessage assistant(String content) { return of("assistant", content); }

    public static ChatMessage assistant(String content, List<ToolCall> calls) {
        return new ChatMessage("assistant", content, Optional.empty(), calls, Optional.empty(), Optional.empty(), Optional.empty());
    }

    public static ChatMessage of(Answer answer) {
        return new ChatMessage("assistant", answer.content(), answer.reasoning(), answer.calls(), Optional.of(answer.text()), Optional.empty(), Optional.empty());
    }

    /// What a tool answers to a call.
    public static ChatMessage result(ToolCall call, String content) {
        return new ChatMessage("tool", content, Optional.empty(), List.of(), Optional.empty(), Optional.of(call.name()), call.id());
    }

    /// Reads a JSON array of messages as the usual APIs have them: `role`, `content`, `reasoning_content`, `tool_calls`, `name`, `tool_call_id`.
    ///
    /// @param source what error messages call it
    /// @throws ModelException where it is something else
    public static List<ChatMessage> list(String source, Reader json) {
        if (!(Json.parse(source, json) instanceof List<?> items)) throw new ModelException(source, "messages", "a JSON array", "another value");
        List<ChatMessage> messages = new ArrayList<>();
        for (Object item : items) {
            String what = source + ": message " + messages.size();
            if (!(item instanceof Map<?, ?> map)) throw new ModelException(what + ": expected a JSON object, found another value");
            List<ToolCall> calls = new ArrayList<>();
            if (map.get("tool_calls") instanceof List<?> given) for (Object call : given) calls.add(call(what, call));
            messages.add(new ChatMessage(text(what, map, "role").orElseThrow(() -> new ModelException(what + ": expected a member 'role', found none")), text(what, map, "content").orElse(""),
                    text(what, map, "reasoning_content"), calls, Optional.empty(), text(what, map, "name"), text(what, map, "tool_call_id")));
        }
        return List.copyOf(messages);
    }

    private static Optional<String> text(String what, Map<?, ?> map, String key) {
        return switch (map.get(key)) {
            case null -> Optional.empty();
            case String text -> Optional.of(text);
            case Object other -> throw new ModelException(what + ": expected '" + key + "' to be a text, found " + Json.write(other));
        };
    }

    private static ToolCall call(String what, Object call) {
        Map<?, ?> outer = call instanceof Map<?, ?> map ? map : Map.of();
        Map<?, ?> function = outer.get("function") instanceof Map<?, ?> inner ? inner : outer;
        String name = text(what, function, "name").orElseThrow(() -> new ModelException(what + ": expected a call with a name, found " + Json.write(call)));
        Object arguments = function.get("arguments");
        return new ToolCall(text(what, outer, "id"), name, arguments instanceof String text ? text : arguments == null ? "{}" : Json.write(arguments));
    }

    /// As templates take it.
    ///
    /// @param manner how calls are given; absent where the template has no place for them
    Map<String, Object> variables(Optional<CallManner> manner) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", role);
        message.put("content", calls.isEmpty() || manner.isPresent() ? content : whole.orElse(content));
        reasoning.ifPresent(thought -> message.put("reasoning_content", thought));
        name.ifPresent(tool -> message.put("name", tool));
        call.ifPresent(id -> message.put("tool_call_id", id));
        if (!calls.isEmpty() && manner.isPresent()) {
            if (manner.get().withoutContent()) message.put("content", null);
            message.put("tool_calls", calls.stream().map(each -> each.variables(manner.get().textArguments())).toList());
        }
        return message;
    }
}
