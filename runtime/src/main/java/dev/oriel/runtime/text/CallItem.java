package dev.oriel.runtime.text;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Literals.Dialect;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How one call, or a list of them, is written between a form's marks.
sealed interface CallItem {
    /// What starts here, and steps over it.
    ///
    /// @throws Unreadable where it is something else, or not yet whole
    List<ToolCall> read(Reading in, List<Tool> tools);

    /// What is written between name and arguments.
    default List<String> marks() { return List.of(); }

    private static ToolCall call(Optional<String> id, String name, String arguments) {
        try {
            return new ToolCall(id, name, arguments);
        } catch (ModelException e) {
            throw new Unreadable("a JSON object as arguments", false);
        }
    }

    /// JSON: an object per call, or an array of them.
    ///
    /// @param keyed `{name: arguments}` instead of `{"name": name, "arguments": arguments}` and its relatives
    record Objects(boolean keyed) implements CallItem {
        private static final List<String> NAMES = List.of("name", "tool_name", "function");
        private static final List<String> ARGUMENTS = List.of("arguments", "parameters", "args");
        private static final List<String> IDS = List.of("id", "tool_call_id", "call_id");

        @Override
        public List<ToolCall> read(Reading in, List<Tool> tools) {
            Literals json = new Literals(in, Dialect.JSON);
            if (in.next("a call") != '[') return List.of(call(json.members()));
            List<ToolCall> calls = new ArrayList<>();
            in.expect("[");
            in.space();
            if (in.accepts("]")) return calls;
            while (true) {
                calls.add(call(json.members()));
                in.space();
                if (in.accepts("]")) return calls;
                in.expect(",");
            }
        }

        private ToolCall call(Map<String, Literals.Member> members) {
            if (keyed) {
                if (members.size() != 1) throw new Unreadable("an object with the call's name as its only key", false);
                return arguments(Optional.empty(), members.keySet().iterator().next(), members.values().iterator().next());
            }
            if (first(members, List.of("function")) instanceof Literals.Member(Map<?, ?> inner, _)) {
                Object given = inner.get("arguments");
                String raw = given instanceof String text ? Json.write(text) : Json.write(given);
                return arguments(id(members), text(inner.get("name")), new Literals.Member(given, raw));
            }
            Literals.Member name = first(members, NAMES);
            return arguments(id(members), text(name == null ? null : name.value()), first(members, ARGUMENTS));
        }

        private static Literals.Member first(Map<String, Literals.Member> members, List<String> keys) {
            return keys.stream().map(members::get).filter(member -> member != null).findFirst().orElse(null);
        }

        private static Optional<String> id(Map<String, Literals.Member> members) {
            return Optional.ofNullable(first(members, IDS)).map(Literals.Member::value).map(String::valueOf).filter(id -> !id.isEmpty());
        }

        private static String text(Object name) {
            if (name instanceof String text && !text.isBlank()) return text;
            throw new Unreadable("a name", false);
        }

        /// Some models write the object's text as a text.
        private static ToolCall arguments(Optional<String> id, String name, Literals.Member given) {
            return CallItem.call(id, name, given == null || given.value() == null ? "{}" : given.value() instanceof String text ? text : given.raw());
        }
    }

    /// A name, a mark, and the arguments as JSON.
    ///
    /// @param head what stands between `begin` and `middle`: a pattern with the group `name`, and `id` where the form has ids
    record Named(String begin, Pattern head, String middle, String end) implements CallItem {
        private static final int LONGEST_HEAD = 300;

        @Override
        public List<String> marks() { return List.of(begin, head.pattern().replace("\\", ""), middle, end); }

        @Override
        public List<ToolCall> read(Reading in, List<Tool> tools) {
            in.expect(begin);
            int from = in.at;
            if (in.text.indexOf(middle, from) < 0 && in.text.length() - from > LONGEST_HEAD) throw new Unreadable(middle, false);
            Matcher matcher = head.matcher(in.until(middle).strip());
            if (!matcher.matches()) throw new Unreadable("a name", false);
            in.space();
            int start = in.at;
            new Literals(in, Dialect.JSON).members();
            ToolCall call = CallItem.call(head.namedGroups().containsKey("id") ? Optional.ofNullable(matcher.group("id")).filter(id -> !id.isEmpty()) : Optional.empty(),
                    matcher.group("name"), in.text.substring(start, in.at));
            if (!end.isEmpty()) {
                in.space();
                in.expect(end);
            }
            return List.of(call);
        }
    }

    /// Tags around the name and around each argument. Arguments are texts unless the tool's schema, or a tag, says otherwise; without either, what reads as JSON
    /// and is no text is that.
    ///
    /// @param key        `key` NAME `afterKey` ... `value` TEXT `afterValue`; `%s` in the last stands for NAME
    /// @param padded     whether a text may have a line to itself
    record Tagged(String begin, String afterName, String key, String afterKey, String value, String afterValue, String end, boolean padded) implements CallItem {
        private static final String RAW = "<![CDATA[";
        private static final String RAW_END = "]]>";

        @Override
        public List<String> marks() { return List.of(begin, afterName, key, afterKey, value, afterValue, end); }

        @Override
        public List<ToolCall> read(Reading in, List<Tool> tools) {
            in.expect(begin);
            in.space();
            String name = in.name();
            if (!afterName.isEmpty()) {
                in.space();
                in.expect(afterName);
            }
            Optional<Tool> tool = tools.stream().filter(offered -> offered.name().equals(name)).findFirst();
            Map<String, Object> arguments = new LinkedHashMap<>();
            while (true) {
                in.space();
                if (!end.isEmpty() && in.accepts(end)) break;
                if (!in.accepts(key)) {
                    if (end.isEmpty()) break;
                    throw in.wrong(end);
                }
                String parameter = in.until(afterKey).strip();
                String attributes = value.isEmpty() ? "" : in.until(value);
                String text = in.until(afterValue.replace("%s", parameter));
                if (text.contains(key)) throw new Unreadable("a value without tags of its own", false);
                arguments.put(parameter, typed(plain(text), attributes, tool.flatMap(known -> known.type(parameter))));
            }
            return List.of(CallItem.call(Optional.empty(), name, Json.write(arguments)));
        }

        private String plain(String text) {
            if (text.startsWith(RAW) && text.endsWith(RAW_END)) return text.substring(RAW.length(), text.length() - RAW_END.length());
            return padded ? unpadded(text) : text;
        }

        private static String unpadded(String text) {
            String head = text.startsWith("\n") ? text.substring(1) : text;
            return head.endsWith("\n") ? head.substring(0, head.length() - 1) : head;
        }

        private static Object typed(String text, String attributes, Optional<String> type) {
            if (attributes.contains("string=\"true\"") || type.filter("string"::equals).isPresent()) return text;
            try {
                // One character more, so that numbers and words have an end.
                Reading in = new Reading(text + " ", 0, true);
                Object value = new Literals(in, Dialect.PYTHON).value();
                in.space();
                return !in.atEnd() || value instanceof String ? text : value;
            } catch (Unreadable e) {
                return text;
            }
        }
    }

    /// Python: `[name(key=value, ...), ...]`, or one such call.
    record Python() implements CallItem {
        @Override
        public List<ToolCall> read(Reading in, List<Tool> tools) {
            List<ToolCall> calls = new ArrayList<>();
            boolean list = in.accepts("[");
            do {
                in.space();
                calls.add(one(in));
                in.space();
            } while (list && in.accepts(","));
            if (list) in.expect("]");
            return calls;
        }

        private static ToolCall one(Reading in) {
            String name = in.name();
            in.expect("(");
            Map<String, Object> arguments = new LinkedHashMap<>();
            in.space();
            boolean more = !in.accepts(")");
            while (more) {
                in.space();
                String key = in.name("=,");
                in.space();
                in.expect("=");
                if (arguments.containsKey(key)) throw new Unreadable("the argument '" + key + "' once", false);
                arguments.put(key, new Literals(in, Dialect.PYTHON).value());
                in.space();
                more = !in.accepts(")");
                if (more) in.expect(",");
            }
            return CallItem.call(Optional.empty(), name.endsWith(".call") ? name.substring(0, name.length() - ".call".length()) : name, Json.write(arguments));
        }
    }

    /// Gemma: `call:name{key:value,...}`, texts between marks of their own.
    record Gemma() implements CallItem {
        @Override
        public List<String> marks() { return Dialect.GEMMA.quotes(); }

        @Override
        public List<ToolCall> read(Reading in, List<Tool> tools) {
            in.expect("call:");
            String name = in.name();
            Map<String, Object> arguments = new LinkedHashMap<>();
            new Literals(in, Dialect.GEMMA).members().forEach((key, member) -> arguments.put(key, member.value()));
            return List.of(CallItem.call(Optional.empty(), name, Json.write(arguments)));
        }
    }
}
