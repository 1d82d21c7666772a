package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Answer.Part;
import dev.oriel.runtime.text.Answer.State;
import java.io.StringReader;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Calls of tools: what models write, and what is read of it.
class ToolCallTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 15, 12, 0);
    private static final List<Tool> TOOLS = List.of(tool("get_weather", "city", "string", "unit", "string"), tool("noop"),
        tool("calculate", "expression", "string", "digits", "integer", "x", "number", "exact", "boolean", "list", "array", "more", "object"));
    private static final List<List<ToolCall>> CALLS = List.of(
        List.of(ToolCall.of("get_weather", map("city", "Oslo", "unit", "C"))),
        List.of(ToolCall.of("get_weather", map("city", "Köln \"x\" {y} [z] \\ 🙂", "unit", "")), ToolCall.of("noop", map())),
        List.of(ToolCall.of("calculate", map("expression", "if a < b:\n    return {\"k\": [1, 2]}", "digits", -3L, "x", 2.5, "exact", true, "list", List.of(1L, "a", List.of()), "more", map("k", map("d", false))))),
        List.of(ToolCall.of("noop", map()), ToolCall.of("calculate", map("digits", 12L, "expression", "12")), ToolCall.of("get_weather", map("city", "true"))));

    /// Templates whose calls have no form that is read here, or that give them in no conversation of the kind.
    private static final List<String> WITHOUT = List.of("Kimi-K2-Instruct.jinja", "Kimi-K2-Thinking.jinja", "LFM2-8B-A1B.jinja", "fireworks-ai-llama-3-firefunction-v2.jinja", "llama-cpp-rwkv-world.jinja",
        "microsoft-Phi-3.5-mini-instruct.jinja", "muse-glimmer.jinja");
    /// Nested arguments are tags within tags there.
    private static final List<String> FLAT = List.of("MiniMax-M3.jinja");

    private static Tool tool(String name, String... types) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (int i = 0; i < types.length; i += 2) properties.put(types[i], map("type", types[i + 1], "description", "a " + types[i]));
        return Tool.of(name, "Does " + name, map("type", "object", "properties", properties, "required", List.of()));
    }

    private static Map<String, Object> map(Object... entries) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < entries.length; i += 2) map.put((String) entries[i], entries[i + 1]);
        return map;
    }

    /// Calls rendered by each of 46 published templates come back as they were, however the text is cut.
    @TestFactory
    Stream<DynamicTest> thereAndBack() {
        return Goldens.rows("chat-templates.json").stream().map(row -> DynamicTest.dynamicTest((String) row.get("template_file"), () -> {
            String name = (String) row.get("template_file");
            ChatTemplate template = ChatTemplate.withGeneration((String) row.get("template"));
            int read = 0;
            for (String content : List.of("", "Let me look.")) for (List<ToolCall> calls : CALLS) if (thereAndBack(template, row, content, calls, FLAT.contains(name))) read++;
            assertThat(read > 0).as("forms that are read").isEqualTo(!WITHOUT.contains(name));
        }));
    }

    private static boolean thereAndBack(ChatTemplate template, Map<String, Object> row, String content, List<ToolCall> calls, boolean flat) {
        List<ToolCall> named = new ArrayList<>();
        for (ToolCall call : calls) named.add(call.withId("call0000" + named.size()));
        List<Map<String, Object>> messages = template.messages(List.of(ChatMessage.user("?"), ChatMessage.assistant(content, named)));
        if (!messages.getLast().containsKey("tool_calls") || template.toolCallForm().isEmpty() || flat && calls.getFirst().name().equals("calculate")) return false;
        String all;
        try {
            all = render(template, row, messages, false);
        } catch (TemplateException e) {
            assertThat(e).as("templates that take one call at a time").hasMessageMatching(".*single tool.*|.*'datetime' is undefined.*");
            return false;
        }
        String prompt = render(template, row, messages.subList(0, 1), true);
        String question = render(template, row, messages.subList(0, 1), false);
        String text = all.startsWith(prompt) ? all.substring(prompt.length()) : all.substring(common(question, all));
        Answer answer = template.parse(text, TOOLS);
        // Some templates write only the first call.
        List<ToolCall> expected = calls.stream().filter(call -> text.contains(call.name())).toList();
        assertThat(answer.calls()).as("%s in %s", answer.parts(), text).hasSameSizeAs(expected).isNotEmpty();
        for (int i = 0; i < expected.size(); i++) {
            assertThat(answer.calls().get(i).name()).isEqualTo(expected.get(i).name());
            assertThat(answer.calls().get(i).values()).as(text).isEqualTo(expected.get(i).values());
            answer.calls().get(i).id().ifPresent(id -> assertThat(id).matches("call0000\\d|\\d|(functions\\.)?\\w+:\\d"));
        }
        assertThat(answer.state()).as("%s", answer.parts()).isEqualTo(State.COMPLETE);
        if (text.contains("Let me look.")) assertThat(answer.content() + answer.reasoning()).contains("Let me look.");
        letterByLetter(template, text, answer);
        return true;
    }

    private static void letterByLetter(ChatTemplate template, String text, Answer whole) {
        StringBuilder heard = new StringBuilder();
        AnswerReader reader = template.reader("", TOOLS, part -> heard.append(part instanceof Part.Text(String said) ? said : ""));
        for (String letter : text.split("")) reader.add(letter);
        Answer answer = reader.finish();
        assertThat(answer.calls()).isEqualTo(whole.calls());
        assertThat(heard.toString()).isEqualTo(String.join("", answer.parts().stream().map(part -> part instanceof Part.Text(String said) ? said : "").toList()));
    }

    private static int common(String a, String b) {
        int i = 0;
        while (i < Math.min(a.length(), b.length()) && a.charAt(i) == b.charAt(i)) i++;
        return a.startsWith(b.substring(0, i)) && i < a.length() ? b.lastIndexOf('<', i) < 0 ? i : Math.min(i, Math.max(b.lastIndexOf('<', i), b.lastIndexOf('>', i) + 1)) : i;
    }

    private static String render(ChatTemplate template, Map<String, Object> row, List<Map<String, Object>> messages, boolean generation) {
        Map<String, Object> variables = new HashMap<>(Map.of("messages", messages, "tools", TOOLS.stream().map(Tool::schema).toList(), "add_generation_prompt", generation));
        for (String name : List.of("bos_token", "eos_token")) variables.put(name, row.get(name));
        return template.render(variables, NOW);
    }

    private static ChatTemplate template(ToolCallForm form) {
        return ChatTemplate.of("{# </think> " + switch (form) {
            case HERMES -> "<tool_call>";
            case QWEN_TAGS -> "<tool_call> <function= <parameter=";
            case GLM -> "<tool_call> <arg_key>";
            case LLAMA -> "\"parameters\": dictionary of argument name";
            case MISTRAL -> "[TOOL_CALLS]";
            case GRANITE -> "<|tool_call|>";
            case FUNCTION -> "<function=";
            case HARMONY -> "<|channel|>commentary <|channel|>analysis functions.";
            case COMMAND_R -> "Action: ```json";
            case DEEPSEEK -> "<｜tool▁calls▁begin｜>";
            case FUNCTION_GEMMA -> "<start_function_call>";
            case PHI -> "<|tool|>";
            case LIQUID -> "<|tool_call_start|>";
            default -> throw new AssertionError(form);
        } + " #}");
    }

    /// Forms as models write them, more loosely than templates do. A call is `name arguments`; `|` is between parts.
    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "HERMES ~ Well.\\n<tool_call>{\"name\":\"noop\",\"arguments\":{}}</tool_call> Done. ~ Well.\\n|noop {}| Done.",
        "HERMES ~ <tool_call>\\n{\"arguments\": {\"city\": \"}</tool_call>{\"}, \"name\": \"get_weather\"}\\n</tool_call> ~ get_weather {\"city\": \"}</tool_call>{\"}",
        "HERMES ~ <tool_call>{\"name\": \"noop\", \"arguments\": {}} ~ noop {}",
        "HERMES ~ <tool_call>{\"name\": \"noop\"}</tool_call><tool_call>{\"name\": \"noop\", \"arguments\": null}</tool_c ~ noop {}|noop {}",
        "HERMES ~ <tool_call>[{\"name\": \"noop\", \"arguments\": \"{\\\"a\\\": 1}\"}, {\"name\": \"b\", \"parameters\": {}}]</tool_call> ~ noop {\"a\": 1}|b {}",
        "HERMES ~ <tool_call>{\"type\": \"function\", \"function\": {\"name\": \"noop\", \"arguments\": {\"a\": [1.50]}}}</tool_call> ~ noop {\"a\":[1.5]}",
        "HERMES ~ <tool_call>{\"name\": \"noop\", \"arguments\": {\"n\": 12345678901234567890, \"e\": 1E2, \"u\": \"\\u00e9\\ud83d\\ude42\"}}</tool_call> ~ noop {\"n\": 12345678901234567890, \"e\": 1E2, \"u\": \"\\u00e9\\ud83d\\ude42\"}",
        "HERMES ~ a <tool_cal b </think ~ a <tool_cal b </think",
        "QWEN_TAGS ~ <tool_call>\\n<function=get_weather>\\n<parameter=city>\\nNew York\\n</parameter>\\n</function>\\n</tool_call> ~ get_weather {\"city\":\"New York\"}",
        "QWEN_TAGS ~ <function=calculate><parameter=digits>7</parameter><parameter=expression>7</parameter><parameter=other>[1, null]</parameter></function>\\n</tool_call> ~ calculate {\"digits\":7,\"expression\":\"7\",\"other\":[1,null]}|\\n",
        "QWEN_TAGS ~ <tool_call>{\"name\": \"noop\", \"arguments\": {}}</tool_call> ~ noop {}",
        "GLM ~ <tool_call>calculate\\n<arg_key>exact</arg_key>\\n<arg_value>true</arg_value>\\n<arg_key>expression</arg_key>\\n<arg_value>true</arg_value>\\n</tool_call> ~ calculate {\"exact\":true,\"expression\":\"true\"}",
        "LLAMA ~ {\"name\": \"noop\", \"parameters\": {}} ~ noop {}",
        "LLAMA ~ {\"name\": \"noop\", \"parameters\": {}}; {\"name\": \"get_weather\", \"parameters\": {\"city\": \"a;b\"}} ~ noop {}|get_weather {\"city\": \"a;b\"}",
        "LLAMA ~ {\"type\": \"function\", \"name\": \"noop\", \"parameters\": {}} ~ noop {}",
        "LLAMA ~ <|python_tag|>{\"name\": \"noop\", \"parameters\": {}} ~ noop {}",
        "LLAMA ~ <|python_tag|>get_weather.call(city=\"Oslo\", unit='C') ~ get_weather {\"city\":\"Oslo\",\"unit\":\"C\"}",
        "LLAMA ~ [get_weather(city='It\\'s'), noop()] ~ get_weather {\"city\":\"It's\"}|noop {}",
        "LLAMA ~ Now: <function=get_weather>{\"city\": \"Oslo\"}</function> ~ Now: |get_weather {\"city\": \"Oslo\"}",
        "LLAMA ~ {\"name\": \"Alice\", \"age\": 3} ~ {\"name\": \"Alice\", \"age\": 3}",
        "LLAMA ~ {\"name\": \"Alice\", \"parameters\": {}} ~ {\"name\": \"Alice\", \"parameters\": {}}",
        "LLAMA ~ [1, 2] and {\"name\": \"noop\", \"parameters\": {}} ~ [1, 2] and {\"name\": \"noop\", \"parameters\": {}}",
        "MISTRAL ~ [TOOL_CALLS][{\"name\": \"noop\", \"arguments\": {}, \"id\": \"abcdefghi\"}] ~ noop {} abcdefghi",
        "MISTRAL ~ Hm.[TOOL_CALLS]noop[CALL_ID]abcdefghi[ARGS]{}[TOOL_CALLS]get_weather[ARGS]{\"city\": \"[TOOL_CALLS]\"} ~ Hm.|noop {} abcdefghi|get_weather {\"city\": \"[TOOL_CALLS]\"}",
        "GRANITE ~ <|tool_call|>[{\"name\": \"noop\", \"arguments\": {}}] ~ noop {}",
        "GRANITE ~ <tool_call>[{\"name\": \"noop\", \"arguments\": {}}] ~ noop {}",
        "FUNCTION ~ <function=noop>{}</function><function=noop>{\"a\": 1}</function> ~ noop {}|noop {\"a\": 1}",
        "HARMONY ~ <|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>commentary to=functions.noop <|constrain|>json<|message|>{} ~ I look. |noop {}",
        "HARMONY ~ <|channel|>final<|message|>Yes.<|return|> ~ Yes.",
        "COMMAND_R ~ Action: ```json\\n[{\"tool_name\": \"noop\", \"parameters\": {}}]\\n``` ~ noop {}",
        "DEEPSEEK ~ <｜tool▁call▁begin｜>function<｜tool▁sep｜>noop\\n```json\\n{}\\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜> ~ noop {}",
        "FUNCTION_GEMMA ~ <start_function_call>call:calculate{expression:<escape>a,{b}<escape>,digits:-2,list:[true,<escape>x<escape>],more:{k:1.5}}<end_function_call> ~ calculate {\"expression\":\"a,{b}\",\"digits\":-2,\"list\":[true,\"x\"],\"more\":{\"k\":1.5}}",
        "PHI ~ functools[{\"name\": \"noop\", \"arguments\": {}}] ~ noop {}",
        "LIQUID ~ <|tool_call_start|>[{\"name\": \"noop\", \"arguments\": {}}]<|tool_call_end|>ok ~ noop {}|ok",
        "LIQUID ~ <|tool_call_start|>[calculate(exact=True, list=[1, 'a', None], more={\"k\": -2e-07})]<|tool_call_end|> ~ calculate {\"exact\":true,\"list\":[1,\"a\",null],\"more\":{\"k\":-2.0E-7}}"})
    void answers(ToolCallForm form, String text, String parts) {
        Answer answer = template(form).parse(text.strip().replace("\\n", "\n"), TOOLS);
        assertThat(String.join("|", answer.parts().stream().map(ToolCallTest::shown).toList())).isEqualTo(parts.strip().replace("\\n", "\n"));
        assertThat(answer.state()).isEqualTo(State.COMPLETE);
    }

    private static String shown(Part part) {
        return switch (part) {
            case Part.Text(String text) -> text;
            case Part.Reasoning(String text) -> "(" + text + ")";
            case Part.Call(ToolCall call) -> call.name() + " " + call.arguments() + call.id().map(id -> " " + id).orElse("");
            case Part.Broken broken -> broken.state() + "<" + broken.text() + "> " + broken.why();
        };
    }

    /// What cannot be read stays text.
    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "HERMES ~ a<tool_call>{\"name\": \"noop\", \"argum ~ a|UNFINISHED<<tool_call>{\"name\": \"noop\", \"argum> expected the end of a text",
        "HERMES ~ <tool_call> ~ UNFINISHED<<tool_call>> expected a call",
        "HERMES ~ <tool_call>{\"name\": \"noop\", \"arguments\": {\"a\": 1 ~ UNFINISHED<<tool_call>{\"name\": \"noop\", \"arguments\": {\"a\": 1> expected the rest of a value",
        "HERMES ~ <tool_call>noop</tool_call>b<tool_call>{\"name\": \"noop\"}</tool_call> ~ MALFORMED<<tool_call>noop</tool_call>> expected {|b|noop {}",
        "HERMES ~ <tool_call>{'name': 'noop'}</tool_call> ~ MALFORMED<<tool_call>{'name': 'noop'}</tool_call>> expected a key in quotes",
        "HERMES ~ <tool_call>{\"name\": 7}</tool_call> ~ MALFORMED<<tool_call>{\"name\": 7}</tool_call>> expected a name",
        "HERMES ~ <tool_call>{\"name\": \"noop\", \"arguments\": [1]}</tool_call> ~ MALFORMED<<tool_call>{\"name\": \"noop\", \"arguments\": [1]}</tool_call>> expected a JSON object as arguments",
        "HERMES ~ <tool_call>{\"name\": \"a\", \"name\": \"b\"}</tool_call> ~ MALFORMED<<tool_call>{\"name\": \"a\", \"name\": \"b\"}</tool_call>> expected the key 'name' once",
        "HERMES ~ <tool_call>{\"name\": \"a\" <tool_call>{\"name\": \"noop\"}</tool_call> ~ MALFORMED<<tool_call>{\"name\": \"a\" <tool_call>{\"name\": \"noop\"}</tool_call>> expected ,",
        "QWEN_TAGS ~ <tool_call>\\n<function=noop>\\n<parameter=a>\\n1 ~ UNFINISHED<<tool_call>\\n<function=noop>\\n<parameter=a>\\n1> expected </parameter>",
        "MISTRAL ~ [TOOL_CALLS]what? [TOOL_CALLS]noop[ARGS]{} ~ MALFORMED<[TOOL_CALLS]what? > expected {|noop {}",
        "LLAMA ~ {\"name\": \"noop\", \"par ~ UNFINISHED<{\"name\": \"noop\", \"par> expected the end of a text",
        "LIQUID ~ <|tool_call_start|>[noop(1)]<|tool_call_end|> ~ MALFORMED<<|tool_call_start|>[noop(1)]<|tool_call_end|>> expected {"})
    void whatIsNoCall(ToolCallForm form, String text, String parts) {
        String given = text.strip().replace("\\n", "\n");
        Answer answer = template(form).parse(given, TOOLS);
        assertThat(String.join("|", answer.parts().stream().map(ToolCallTest::shown).toList())).isEqualTo(parts.strip().replace("\\n", "\n"));
        assertThat(answer.state()).isEqualTo(parts.contains("MALFORMED<") ? State.MALFORMED : State.UNFINISHED);
        assertThat(answer.content()).isNotEmpty();
    }

    /// Any cut of any text, also of those that mean nothing: the same answer, and nothing lost.
    @Test
    void inAnyPieces() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<String> bits = List.of("<tool_call>", "</tool_call>", "{\"name\": \"noop\", \"arguments\": {}}", "<think>", "</think>", "\n", "text ", "<tool", "{", "}", "\"", "[", ",", "[TOOL_CALLS]", "noop[ARGS]{}",
            "<function=noop>", "<parameter=a>", "</parameter>", "</function>", "<|python_tag|>", "noop()", ";", "{\"name\": \"noop\", \"parameters\": {}}", "<", "🙂");
        List<ToolCallForm> forms = List.of(ToolCallForm.HERMES, ToolCallForm.QWEN_TAGS, ToolCallForm.LLAMA, ToolCallForm.MISTRAL, ToolCallForm.FUNCTION, ToolCallForm.GRANITE);
        for (int round = 0; round < 4000; round++) {
            ChatTemplate template = template(forms.get(random.nextInt(forms.size())));
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(9); i >= 0; i--) text.append(bits.get(random.nextInt(bits.size())));
            String prompt = random.nextBoolean() ? "" : "<think>\n";
            AnswerReader whole = template.reader(prompt, TOOLS, _ -> { });
            whole.add(text.toString());
            Answer expected = whole.finish();
            AnswerReader pieces = template.reader(prompt, TOOLS, _ -> { });
            for (int at = 0; at < text.length(); ) {
                int to = Math.min(text.length(), at + 1 + random.nextInt(5));
                pieces.add(text.substring(at, to));
                at = to;
            }
            assertThat(pieces.finish()).as("%s of '%s' after '%s'", template.toolCallForm(), text, prompt).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "</think> ~ '' ~ <think>\\nwhy\\n</think>\\n\\nyes ~ why ~ yes ~ COMPLETE",
        "</think> ~ <think>\\n ~ why</think>yes ~ why ~ yes ~ COMPLETE",
        "</think> ~ <think> ~ <tool_call> and so on ~ <tool_call> and so on ~ '' ~ UNFINISHED",
        "</think> ~ <think></think> ~ yes ~ '' ~ yes ~ COMPLETE",
        "[THINK] ~ '' ~ [THINK]why[/THINK]yes ~ why ~ yes ~ COMPLETE",
        "<|START_THINKING|> ~ '' ~ <|START_THINKING|>why<|END_THINKING|>yes ~ why ~ yes ~ COMPLETE",
        "<|channel>thought ~ '' ~ <|channel>thought\\nwhy<channel|>yes ~ why ~ yes ~ COMPLETE",
        "<|channel|>analysis<|channel|>commentary functions. ~ <|start|>assistant ~ <|channel|>analysis<|message|>why<|end|><|start|>assistant<|channel|>final<|message|>yes ~ why ~ yes ~ COMPLETE",
        "[BEGIN FINAL RESPONSE] ~ Here are my reasoning steps:\\n ~ why\\n[BEGIN FINAL RESPONSE]\\nyes ~ why ~ yes ~ COMPLETE",
        "no reasoning ~ '' ~ <think>why</think>yes ~ '' ~ <think>why</think>yes ~ COMPLETE"})
    void reasoning(String template, String prompt, String text, String reasoning, String content, State state) {
        AnswerReader reader = ChatTemplate.of("{# " + template + " <tool_call> #}").reader(prompt.replace("''", "").replace("\\n", "\n"), TOOLS, _ -> { });
        reader.add(text.replace("\\n", "\n"));
        Answer answer = reader.finish();
        assertThat(answer.reasoning()).isEqualTo(Optional.of(reasoning).filter(r -> !r.equals("''")));
        assertThat(answer.content()).isEqualTo(content.replace("''", ""));
        assertThat(answer.state()).isEqualTo(state);
        assertThat(answer.text()).isEqualTo(text.replace("\\n", "\n"));
    }

    @Test
    void anAnswerWhosePromptIsNotKnown() {
        assertThat(template(ToolCallForm.HERMES).parse("why</think>yes").reasoning()).contains("why");
        assertThat(template(ToolCallForm.HERMES).parse("yes <think>why</think>").content()).isEqualTo("yes");
    }

    @Test
    void withoutToolsNothingIsACall() {
        AnswerReader reader = template(ToolCallForm.HERMES).reader("", List.of(), _ -> { });
        reader.add("<tool_call>{\"name\": \"noop\", \"arguments\": {}}</tool_call>");
        assertThat(reader.finish().content()).startsWith("<tool_call>");
    }

    /// Marks that are control tokens have no text in a generation; other control tokens say nothing.
    @Test
    void controlTokens() {
        Tokenizer tokenizer = Tokenizers.fromJson(TokenFiles.resource("json-qwen.tokenizer.json"), null);
        AnswerReader reader = ChatTemplate.of("{# <|im_start|> ... <|tool_call|> #}").reader("", TOOLS, _ -> { });
        for (int id : tokenizer.encode("a<|im_end|> the", false, true)) reader.add(tokenizer, id, tokenizer.decode(new int[] {id}, false));
        assertThat(reader.finish().text()).isEqualTo("a the");
        AnswerReader marks = ChatTemplate.of("{# <|START_ACTION|> <|im_start|> #}").reader("", TOOLS, _ -> { });
        marks.add(tokenizer, tokenizer.encode("<|im_start|>", false, true)[0], "");
        assertThat(marks.finish().text()).isEmpty();
        assertThat(ToolCallForm.MISTRAL.shapes()).anyMatch(shape -> shape.writes("[CALL_ID]")).anyMatch(shape -> shape.writes("[ARGS]")).anyMatch(shape -> shape.writes("[TOOL_CALLS]")).noneMatch(shape -> shape.writes("</s>"));
    }

    @Test
    void idsAreGivenToCallsWithoutOne() {
        Answer answer = template(ToolCallForm.MISTRAL).parse("[TOOL_CALLS]noop[ARGS]{}[TOOL_CALLS]noop[CALL_ID]abcdefghi[ARGS]{}").withIds(7);
        assertThat(answer.calls()).extracting(call -> call.id().orElseThrow()).containsExactly("call00007", "abcdefghi");
    }

    @Test
    void howATemplateTakesCalls() {
        ToolCall call = new ToolCall(Optional.of("call00000"), "noop", "{\"a\": 1.50}");
        List<ChatMessage> messages = List.of(ChatMessage.user("?"), ChatMessage.assistant("", List.of(call)), ChatMessage.result(call, "r"));
        String loop = "{% for m in messages %}{{ m.role }}:{% for c in m.tool_calls or [] %}";
        assertThat(render(loop + "{{ c.function.name }}{{ c.function.arguments|tojson }}{{ c.id }}{% endfor %}{{ m.content }};{% endfor %}", messages)).isEqualTo("user:?;assistant:noop{\"a\": 1.5}call00000;tool:r;");
        assertThat(render(loop + "{{ c.function.name + c.function.arguments }}{% endfor %}{{ m.content }};{% endfor %}", messages)).isEqualTo("user:?;assistant:noop{\"a\": 1.50};tool:r;");
        assertThat(render(loop + "{% if m.content is none %}{{ c.function.name }}{{ c.function.arguments|tojson }}{% endif %}{% endfor %}{{ m.content or '' }};{% endfor %}", messages)).isEqualTo("user:?;assistant:noop{\"a\": 1.5};tool:r;");
        Answer answer = template(ToolCallForm.HERMES).parse("<tool_call>{\"name\": \"noop\"}</tool_call>");
        assertThat(render("{% for m in messages %}{{ m.content }};{% endfor %}", List.of(ChatMessage.of(answer)))).as("a template without a place for calls").isEqualTo("<tool_call>{\"name\": \"noop\"}</tool_call>;");
        assertThat(ChatTemplate.of("{{ tools|tojson }}").listsTools()).isTrue();
        assertThat(ChatTemplate.of("{{ messages|tojson }}").listsTools()).isFalse();
    }

    private static String render(String template, List<ChatMessage> messages) {
        ChatTemplate chat = ChatTemplate.of(template);
        return chat.render(Map.of("messages", chat.messages(messages)));
    }

    @Test
    void toolsAndMessagesFromJson() {
        List<Tool> tools = Tool.list("tools.json", new StringReader("[{\"name\": \"a\"}, {\"type\": \"function\", \"function\": {\"name\": \"b\", \"parameters\": {\"properties\": {\"x\": {\"type\": \"integer\"}}}}}]"));
        assertThat(tools).extracting(Tool::name).containsExactly("a", "b");
        assertThat(tools.getLast().type("x")).contains("integer");
        List<ChatMessage> messages = ChatMessage.list("m.json", new StringReader("""
            [{"role": "user", "content": "?"}, {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "a", "arguments": "{\\"x\\": 1}"}},
             {"function": {"name": "b", "arguments": {}}}]}, {"role": "tool", "tool_call_id": "1", "name": "a", "content": "r"}]"""));
        assertThat(messages).extracting(ChatMessage::role).containsExactly("user", "assistant", "tool");
        assertThat(messages.get(1).calls()).extracting(ToolCall::arguments).containsExactly("{\"x\": 1}", "{}");
        assertThat(messages.get(2)).extracting(ChatMessage::call, ChatMessage::name).containsExactly(Optional.of("1"), Optional.of("a"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "{} ~ f.json: tools: expected a JSON array, found another value",
        "[1] ~ f.json: tool 0: expected a JSON object, found another value",
        "[{\"name\": \"a\"}, {\"description\": \"x\"}] ~ f.json: tool 1: expected a member 'name' that is a text, found null",
        "[{\"function\": 1}] ~ f.json: tool 0: expected a member 'function', found none",
        "[{\"name\": \"a\", \"parameters\": []}] ~ f.json: tool 0: expected 'parameters' to be a JSON schema, found another value"})
    void wrongTools(String json, String message) {
        assertThatThrownBy(() -> Tool.list("f.json", new StringReader(json))).isInstanceOf(ModelException.class).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "{} ~ f.json: messages: expected a JSON array, found another value",
        "[{\"content\": \"a\"}] ~ f.json: message 0: expected a member 'role', found none",
        "[{\"role\": \"user\", \"content\": [1]}] ~ f.json: message 0: expected 'content' to be a text, found [1]",
        "[{\"role\": \"assistant\", \"tool_calls\": [{}]}] ~ f.json: message 0: expected a call with a name, found {}"})
    void wrongMessages(String json, String message) {
        assertThatThrownBy(() -> ChatMessage.list("f.json", new StringReader(json))).isInstanceOf(ModelException.class).hasMessage(message);
    }
}
