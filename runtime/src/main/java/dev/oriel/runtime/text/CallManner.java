package dev.oriel.runtime.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a template expects of a message with calls. Templates differ, and none says: so a small conversation is rendered in each manner until one shows the call.
///
/// @param textArguments  arguments as the text of a JSON object, not as a map
/// @param withoutContent no content: where there is one, calls are left out
record CallManner(boolean textArguments, boolean withoutContent) {
    private static final String NAME = "look_up_words";
    private static final String WORD = "daffodil";
    private static final Tool TOOL = Tool.of(NAME, "Looks a word up", Map.of("type", "object", "properties", Map.of("word", Map.of("type", "string", "description", "A word")), "required", List.of("word")));

    /// Absent where the template has no place for calls.
    static Optional<CallManner> of(ChatTemplate template) {
        for (boolean text : new boolean[] {false, true}) {
            for (boolean without : new boolean[] {false, true}) {
                CallManner manner = new CallManner(text, without);
                String prompt = render(template, manner.conversation());
                if (prompt.contains(NAME) && prompt.contains(WORD)) return Optional.of(manner);
            }
        }
        return Optional.empty();
    }

    private List<Map<String, Object>> conversation() {
        ToolCall call = ToolCall.of(NAME, Map.of("word", WORD)).withId("call00000");
        ChatMessage asked = ChatMessage.assistant("", List.of(call));
        return List.of(ChatMessage.user("?").variables(Optional.empty()), asked.variables(Optional.of(this)), ChatMessage.result(call, "a flower").variables(Optional.empty()));
    }

    static boolean listsTools(ChatTemplate template) { return render(template, List.of(ChatMessage.user("?").variables(Optional.empty()))).contains(NAME); }

    /// Empty where the template refuses.
    private static String render(ChatTemplate template, List<Map<String, Object>> messages) {
        try {
            return template.render(new HashMap<>(Map.of("messages", messages, "tools", List.of(TOOL.schema()), "add_generation_prompt", true, "bos_token", "", "eos_token", "")));
        } catch (TemplateException e) {
            return "";
        }
    }
}
