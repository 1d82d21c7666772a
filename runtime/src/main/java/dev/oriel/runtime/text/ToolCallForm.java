package dev.oriel.runtime.text;

import dev.oriel.runtime.text.CallItem.Gemma;
import dev.oriel.runtime.text.CallItem.Named;
import dev.oriel.runtime.text.CallItem.Objects;
import dev.oriel.runtime.text.CallItem.Python;
import dev.oriel.runtime.text.CallItem.Tagged;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The forms in which models write calls of tools. Which one a model uses is seen from its chat template, never from the name of its architecture:
/// the first row all of whose signs are in the template.
public enum ToolCallForm {
    /// gpt-oss: `to=functions.name ... <|message|>{...}`, among channels.
    HARMONY(signs("<|channel|>commentary", "functions."), Rows.HARMONY),
    /// DeepSeek V3.2 and later.
    DEEPSEEK_TAGS(signs("｜DSML｜", "invoke"), Rows.DEEPSEEK_TAGS),
    /// DeepSeek V3, R1 (JSON in a code block) and V3.1.
    DEEPSEEK(signs("<｜tool▁calls▁begin｜>"), Rows.DEEPSEEK),
    KIMI(signs("<|tool_calls_section_begin|>"), Rows.KIMI),
    SOLAR(signs("<|tool_call:begin|>"), Rows.SOLAR),
    /// `[TOOL_CALLS][{...}]`, and since 2025 `[TOOL_CALLS]name[ARGS]{...}`.
    MISTRAL(signs("[TOOL_CALLS]"), Rows.MISTRAL),
    /// Command R7B and Command A.
    COHERE(signs("<|START_ACTION|>"), Rows.COHERE),
    /// Command R and R+: `Action:` and a code block.
    COMMAND_R(signs("Action:", "```json"), Rows.COMMAND_R),
    GEMMA(signs("<|tool_call>"), Rows.GEMMA),
    FUNCTION_GEMMA(signs("<start_function_call>"), Rows.FUNCTION_GEMMA),
    /// Liquid: Python's calls, or JSON.
    LIQUID(signs("<|tool_call_start|>"), Rows.LIQUID),
    LIQUID_LIST(signs("<|tool_list_start|>"), Rows.LIQUID),
    APERTUS(signs("<|tools_prefix|>"), Rows.APERTUS),
    NEMOTRON(signs("<TOOLCALL>"), Rows.NEMOTRON),
    /// Jamba, Apriel, MiniMax M1.
    TOOL_CALLS(signs("<tool_calls>"), Rows.TOOL_CALLS),
    HUNYUAN(signs("<tool_calls{}>", "<arg_key{}>"), Rows.HUNYUAN),
    SEED(signs("<seed:tool_call>"), Rows.SEED),
    MINIMAX(signs("<minimax:tool_call>"), Rows.MINIMAX),
    MINIMAX_M3(signs("]<]minimax[>["), Rows.MINIMAX_M3),
    /// GLM, Laguna.
    GLM(signs("<tool_call>", "<arg_key>"), Rows.GLM),
    /// Qwen3-Coder, Qwen3.5, Nemotron 3, StepFun.
    QWEN_TAGS(signs("<tool_call>", "<function=", "<parameter="), Rows.QWEN_TAGS),
    MINICPM(signs("<function name=\"", "<param name=\""), Rows.MINICPM),
    GIGACHAT(signs("<|function_call|>"), Rows.GIGACHAT),
    GIGACHAT_ROLE(signs("function call", "<|role_sep|>"), Rows.GIGACHAT_ROLE),
    /// Granite 3.
    GRANITE(signs("<|tool_call|>"), Rows.GRANITE),
    /// Firefunction and Phi-4-mini: `functools[{...}]`.
    FUNCTOOLS(signs("functools"), Rows.FUNCTOOLS),
    PHI(signs("<|tool|>"), Rows.PHI),
    /// Hermes, Qwen2.5, Qwen3, Granite 4, EXAONE 4, SmolLM3: JSON between `<tool_call>` and `</tool_call>`.
    HERMES(signs("<tool_call>"), Rows.HERMES),
    /// Functionary 3.1: `<function=name>{...}</function>`.
    FUNCTION(signs("<function="), Rows.FUNCTION),
    /// Llama 3.1 to 4: the answer is a JSON object, or Python's calls; also after `<|python_tag|>`, and as `<function=name>{...}</function>`.
    LLAMA(signs("\"parameters\": dictionary of argument name"), Rows.LLAMA);

    private final List<String> signs;
    private final Row row;

    ToolCallForm(List<String> signs, Row row) {
        this.signs = signs;
        this.row = row;
    }

    static Optional<ToolCallForm> of(String template) { return Arrays.stream(values()).filter(form -> form.signs.stream().allMatch(template::contains)).findFirst(); }

    List<CallShape> shapes() { return row.shapes; }

    List<CallShape> bare() { return row.bare; }

    /// How an answer begins that may be a bare call.
    static final Pattern BARE = Pattern.compile("[\\s;,]*(\\{\\s*\"(name|type|function|parameters)\"\\s*:|\\[\\s*(\\{\\s*\"(name|type|function|parameters)\"\\s*:|[A-Za-z_][\\w.]*\\())");

    List<String> marks() { return row.marks; }

    private static List<String> signs(String... signs) { return List.of(signs); }

    /// @param shapes tried in order where their opening is
    /// @param bare   shapes without an opening: only where nothing else has been said
    /// @param marks  what belongs to the form and says nothing
    private record Row(List<CallShape> shapes, List<CallShape> bare, List<String> marks) {
        static Row of(CallShape... shapes) { return new Row(List.of(shapes), List.of(), List.of()); }

        Row bare(CallShape... more) { return new Row(shapes, List.of(more), marks); }

        Row without(String... more) { return new Row(shapes, bare, List.of(more)); }
    }

    private static final class Rows {
        private static final CallItem JSON = new Objects(false);
        private static final Pattern NAME = Pattern.compile("(?<name>[^\\s<>\\[\\]{}\"]+)");
        private static final CallItem BLOCK = new Named("<｜tool▁call▁begin｜>function<｜tool▁sep｜>", NAME, "\n```json\n", "```<｜tool▁call▁end｜>");
        private static final CallItem SEPARATED = new Named("<｜tool▁call▁begin｜>", NAME, "<｜tool▁sep｜>", "<｜tool▁call▁end｜>");
        private static final CallItem FUNCTION_ITEM = new Named("<function=", NAME, ">", "</function>");

        static final Row HARMONY = Row.of(CallShape.of("to=functions.", new Named("", Pattern.compile("(?<name>[\\w.-]+)(\\s|<\\|)?.*", Pattern.DOTALL), "<|message|>", ""), ""))
                .without("<|channel|>commentary<|message|>", "<|channel|>commentary", "<|channel|>final<|message|>", "<|start|>assistant", "<|end|>", "<|call|>", "<|return|>");
        static final Row DEEPSEEK_TAGS = dsml();
        static final Row DEEPSEEK = Row.of(
                CallShape.of("<｜tool▁calls▁begin｜>", BLOCK, "<｜tool▁calls▁end｜>"), CallShape.of("<｜tool▁calls▁begin｜>", SEPARATED, "<｜tool▁calls▁end｜>"),
                CallShape.of("<｜tool▁call▁begin｜>", BLOCK), CallShape.of("<｜tool▁call▁begin｜>", SEPARATED)).without("<｜tool▁calls▁end｜>");
        static final Row KIMI = Row.of(CallShape.of("<|tool_calls_section_begin|>",
                new Named("<|tool_call_begin|>", Pattern.compile("(?<id>(functions\\.)?(?<name>[^\\s:<>]+)(:\\d+)?)"), "<|tool_call_argument_begin|>", "<|tool_call_end|>"), "<|tool_calls_section_end|>"));
        static final Row SOLAR = Row.of(CallShape.of("<|tool_calls|>",
                new Named("<|tool_call:begin|>", Pattern.compile("(?<id>[^\\s<>]*)<\\|tool_call:name\\|>(?<name>[^\\s<>]+)"), "<|tool_call:args|>", "<|tool_call:end|>"), "<|calls|>"))
                .without("<|begin|>assistant", "<|content|>", "<|end|>");
        static final Row MISTRAL = Row.of(CallShape.of("[TOOL_CALLS]", JSON, ""),
                CallShape.of("[TOOL_CALLS]", new Named("", Pattern.compile("(?<name>[^\\s<>\\[\\]{}\"]+)(\\[CALL_ID\\](?<id>\\w*))?"), "[ARGS]", ""), ""));
        static final Row COHERE = Row.of(CallShape.of("<|START_ACTION|>", JSON, "<|END_ACTION|>"))
                .without("<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>");
        static final Row COMMAND_R = Row.of(CallShape.of("Action: ```json", JSON, "```"), CallShape.of("Action:```json", JSON, "```"));
        static final Row GEMMA = Row.of(CallShape.of("<|tool_call>", new Gemma(), "<tool_call|>"));
        static final Row FUNCTION_GEMMA = Row.of(CallShape.of("<start_function_call>", new Gemma(), "<end_function_call>"));
        static final Row LIQUID = Row.of(CallShape.of("<|tool_call_start|>", JSON, "<|tool_call_end|>"), CallShape.of("<|tool_call_start|>", new Python(), "<|tool_call_end|>"));
        static final Row APERTUS = Row.of(CallShape.of("<|tools_prefix|>", new Objects(true), "<|tools_suffix|>"));
        static final Row NEMOTRON = Row.of(CallShape.of("<TOOLCALL>", JSON, "</TOOLCALL>"));
        static final Row TOOL_CALLS = Row.of(CallShape.of("<tool_calls>", JSON, "</tool_calls>"));
        static final Row HUNYUAN = Row.of(CallShape.of("<tool_calls:opensource>", new Tagged("<tool_call:opensource>", "<tool_sep:opensource>", "<arg_key:opensource>",
                "</arg_key:opensource>", "<arg_value:opensource>", "</arg_value:opensource>", "</tool_call:opensource>", false), "</tool_calls:opensource>"));
        static final Row SEED = Row.of(CallShape.of("<seed:tool_call>", tags(false), "</seed:tool_call>"));
        static final Row MINIMAX = Row.of(CallShape.of("<minimax:tool_call>", new Tagged("<invoke name=\"", "\">", "<parameter name=\"", "\">", "", "</parameter>", "</invoke>", false),
                "</minimax:tool_call>"));
        static final Row MINIMAX_M3 = Row.of(CallShape.of("]<]minimax[>[<tool_call>", new Tagged("]<]minimax[>[<invoke name=\"", "\">", "]<]minimax[>[<", ">", "", "]<]minimax[>[</%s>",
                "]<]minimax[>[</invoke>", false), "]<]minimax[>[</tool_call>"));
        static final Row GLM = Row.of(CallShape.of("<tool_call>", new Tagged("", "", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>", "", false), "</tool_call>"));
        static final Row QWEN_TAGS = Row.of(CallShape.of("<tool_call>", tags(true), "</tool_call>"), CallShape.of("<tool_call>", JSON, "</tool_call>"), CallShape.of("<function=", tags(true)))
                .without("</tool_call>");
        static final Row MINICPM = Row.of(CallShape.of("<function name=\"", new Tagged("<function name=\"", "\">", "<param name=\"", "\">", "", "</param>", "</function>", false)));
        static final Row GIGACHAT = Row.of(CallShape.of("<|function_call|>", JSON, "")).without("<|message_sep|>");
        static final Row GIGACHAT_ROLE = Row.of(CallShape.of("function call<|role_sep|>", JSON, "")).without("<|message_sep|>");
        static final Row GRANITE = Row.of(CallShape.of("<|tool_call|>", JSON, ""), CallShape.of("<tool_call>", JSON, ""));
        static final Row FUNCTOOLS = Row.of(CallShape.of("functools", JSON, ""));
        static final Row PHI = Row.of(CallShape.of("<|tool_call|>", JSON, ""), CallShape.of("functools", JSON, "")).without("<|/tool_call|>");
        static final Row HERMES = Row.of(CallShape.of("<tool_call>", JSON, "</tool_call>"));
        static final Row FUNCTION = Row.of(CallShape.of("<function=", FUNCTION_ITEM));
        static final Row LLAMA = Row.of(CallShape.of("<|python_tag|>", JSON, ""), CallShape.of("<|python_tag|>", new Python(), ""),
                CallShape.of("<function=", FUNCTION_ITEM)).without("<|python_start|>", "<|python_end|>").bare(CallShape.of("", JSON), CallShape.of("", new Python()));

        private static Tagged tags(boolean padded) { return new Tagged("<function=", ">", "<parameter=", ">", "", "</parameter>", "</function>", padded); }

        private static Row dsml() {
            Tagged invoke = new Tagged("<｜DSML｜invoke name=\"", "\">", "<｜DSML｜parameter name=\"", "\"", ">", "</｜DSML｜parameter>", "</｜DSML｜invoke>", false);
            return Row.of(CallShape.of("<｜DSML｜function_calls>", invoke, "</｜DSML｜function_calls>"), CallShape.of("<｜DSML｜tool_calls>", invoke, "</｜DSML｜tool_calls>"));
        }
    }
}
