package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.TemplateException;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A template that was read and can be rendered, any number of times and by several threads.
public final class Template {
    private static final int SOURCE = 4 << 20;
    private static final int LONGEST_MESSAGE = 300;
    /// The depth limits keep within an ordinary stack; a caller may have left less of it, and lazy filters can be chained without end.
    private static final String STACK = "nested too deep for this thread's stack";

    private final List<Node> body;

    private Template(List<Node> body) {
        this.body = body;
    }

    /// @param generation whether the tag `generation` is known
    public static Template parse(String source, boolean generation) {
        if (source.length() > SOURCE) {
            throw new TemplateException("a template of more than " + SOURCE + " characters", 0);
        }
        try {
            return new Template(Parser.parse(source, generation));
        } catch (Fault fault) {
            throw exception(fault, fault.line);
        } catch (StackOverflowError _) {
            throw exception(new Fault(STACK), 0);
        }
    }

    /// @param variables plain values: strings, numbers, booleans, lists, maps, null
    public String render(Map<String, Object> variables, LocalDateTime now) {
        return render(variables, now, Provenance.NONE);
    }

    /// As [#render], and tells what becomes of the texts in its variables.
    public Rendered follow(Map<String, Object> variables, LocalDateTime now) {
        Provenance provenance = Provenance.following();
        String text = render(variables, now, provenance);
        return new Rendered(text, provenance.of(text));
    }

    private String render(Map<String, Object> variables, LocalDateTime now, Provenance provenance) {
        Map<String, Object> root = new HashMap<>();
        Interpreter run = new Interpreter(now, new Scope(new Scope(null, new HashMap<>(Globals.TABLE)), root), provenance);
        try {
            variables.forEach((name, value) -> root.put(name, Values.plain(value, 0)));
            provenance.mark(root);
            return run.render(body);
        } catch (Fault fault) {
            throw exception(fault, fault.line == 0 ? run.budget.line : fault.line);
        } catch (StackOverflowError _) {
            throw exception(new Fault(STACK), run.budget.line);
        }
    }

    private static TemplateException exception(Fault fault, int line) {
        if (fault.raised) {
            return new TemplateException(fault.getMessage(), line);
        }
        String what = fault.getMessage().replaceAll("\\R", " ");
        String cut = what.length() > LONGEST_MESSAGE ? what.substring(0, LONGEST_MESSAGE) + "..." : what;
        return new TemplateException(line == 0 ? cut : "line " + line + ": " + cut, line);
    }
}
