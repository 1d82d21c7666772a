package dev.oriel.inspect;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.WholeFile;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// One HTML file that needs nothing else: style, program and data stand inside, and its content policy forbids it to ask for anything or to run any other script.
///
/// Data never becomes markup: it stands in script elements of a type that browsers do not run, as JSON whose `<`, `>` and `&` are escaped, or in base64.
final class Page {
    /// What fills an element of bytes.
    interface Content {
        void write(OutputStream out) throws IOException;
    }

    /// What fills the place of the data.
    interface Body {
        void write(Page page) throws IOException;
    }

    private final OutputStream out;

    private Page(OutputStream out) { this.out = out; }

    /// Writes a page, which appears whole or not at all.
    ///
    /// @param name    of the resource with the body's markup, without `.html`
    /// @param scripts names of resources, without `.js`; they run one after the other
    /// @throws dev.oriel.loaders.ModelException if the file cannot be written
    static void write(Path target, String title, String name, List<String> scripts, Body data) {
        WholeFile.write(target, file -> {
            Page page = new Page(new BufferedOutputStream(Channels.newOutputStream(file), 1 << 16));
            page.fill(title, name, scripts, data);
            page.out.flush();
        });
    }

    private void fill(String title, String name, List<String> scripts, Body data) throws IOException {
        String script = scripts.stream().map(file -> resource(file + ".js")).collect(Collectors.joining("\n"));
        String frame = resource("page.html");
        for (String part : frame.splitWithDelimiters("\\$\\{\\w+}", 0)) {
            switch (part) {
                case "${policy}" -> text("script-src 'sha256-" + sha256("\n" + script) + "'; style-src 'unsafe-inline'; default-src 'none'");
                case "${title}" -> text(markup(title));
                case "${style}" -> text(resource("page.css"));
                case "${body}" -> text(resource(name + ".html"));
                case "${data}" -> data.write(this);
                case "${script}" -> text(script);
                default -> text(part);
            }
        }
    }

    /// A JSON object of these names and values, in this order: the same data give the same page.
    static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) members.put((String) namesAndValues[i], namesAndValues[i + 1]);
        return members;
    }

    /// A value for the page's program: `json(id)` there gives it back.
    void json(String id, Object value) throws IOException {
        text("<script type=\"application/json\" id=\"data-" + id + "\">" + escaped(Json.write(value)) + "</script>\n");
    }

    /// Bytes for the page's program, compressed: `await bytes(id)` there gives them back.
    void bytes(String id, Content content) throws IOException {
        text("<script type=\"application/octet-stream\" id=\"data-" + id + "\">");
        Deflater deflater = new Deflater();
        try (OutputStream base64 = Base64.getEncoder().wrap(new Unclosed(out)); OutputStream deflated = new DeflaterOutputStream(base64, deflater, 1 << 16)) {
            content.write(deflated);
        } finally {
            deflater.end();
        }
        text("</script>\n");
    }

    private void text(String text) throws IOException { out.write(text.getBytes(StandardCharsets.UTF_8)); }

    /// JSON in which nothing can end the script element, and in which every character that is invisible or half of a pair is written by its number.
    static String escaped(String json) {
        StringBuilder safe = new StringBuilder(json.length());
        json.codePoints().forEach(c -> {
            boolean plain = switch (Character.getType(c)) {
                case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
                default -> c != '<' && c != '>' && c != '&';
            };
            if (plain) safe.appendCodePoint(c);
            else for (char half : Character.toChars(c)) safe.append(String.format("\\u%04x", (int) half));
        });
        return safe.toString();
    }

    private static String markup(String text) {
        return text.replaceAll("\\p{Cntrl}", " ").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }

    private static String sha256(String script) {
        try {
            return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The page goes on after the base64 stream, which wants to close what it writes to.
    private static final class Unclosed extends FilterOutputStream {
        Unclosed(OutputStream out) { super(out); }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException { out.write(bytes, offset, length); }

        @Override
        public void close() throws IOException { flush(); }
    }
}
