package dev.oriel.inspect;

import dev.oriel.loaders.Json;
import dev.oriel.testing.Needed;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// A headless Chromium with one tab, driven by its DevTools protocol: real layout, real drawing, real mouse and keys.
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 20;

    private final Path profile;
    private final Process process;
    private final WebSocket socket;
    private final String tab;
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Map<?, ?>>> answers = new ConcurrentHashMap<>();
    private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    private Browser(Path profile, Process process) throws IOException, InterruptedException {
        this.profile = profile;
        this.process = process;
        this.socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address(), new Messages()).join();
        String target = (String) call(null, "Target.createTarget", Map.of("url", "about:blank")).get("targetId");
        this.tab = (String) call(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true)).get("sessionId");
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) call(domain + ".enable", Map.of());
    }

    /// @param executable Debian's name for it
    static Optional<Path> executable() {
        return Stream.of(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, "chromium")).filter(Files::isExecutable).findFirst();
    }

    /// Skips the test where there is no Chromium, except in the automatic check.
    static Browser start() {
        Path chromium = executable().orElseGet(() -> Needed.missing("chromium on the path"));
        try {
            return open(chromium);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("chromium does not start", e);
        }
    }

    private static Browser open(Path chromium) throws IOException, InterruptedException {
        Path profile = Files.createTempDirectory("chromium");
        List<String> command = new ArrayList<>(List.of(chromium.toString(), "--headless=new", "--remote-debugging-port=0", "--user-data-dir=" + profile, "--no-first-run",
                "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--hide-scrollbars"));
        if ("root".equals(System.getProperty("user.name"))) command.add("--no-sandbox");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(profile.resolve("output").toFile()).start();
        try {
            return new Browser(profile, process);
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /// Chromium writes its port into the profile when it listens.
    private URI address() throws IOException, InterruptedException {
        Path file = profile.resolve("DevToolsActivePort");
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(file) || Files.readAllLines(file).size() < 2) {
            if (System.nanoTime() > end || !process.isAlive()) throw new IOException("no DevTools port: " + Files.readString(profile.resolve("output")));
            Thread.sleep(POLL_MILLIS);
        }
        List<String> lines = Files.readAllLines(file);
        return URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1));
    }

    private final class Messages implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                receive((Map<?, ?>) Json.parse(new StringReader(text.toString())));
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private void receive(Map<?, ?> message) {
        if (message.get("id") instanceof Long id) {
            answers.remove(id.intValue()).complete(message);
            return;
        }
        Map<?, ?> parameters = (Map<?, ?>) message.get("params");
        switch ((String) message.get("method")) {
            case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded" -> complaints.add(Json.write(parameters));
            case "Network.requestWillBeSent" -> requests.add((String) ((Map<?, ?>) parameters.get("request")).get("url"));
            default -> { }
        }
    }

    private Map<?, ?> call(String method, Map<String, ?> parameters) { return call(tab, method, parameters); }

    private Map<?, ?> call(String session, String method, Map<String, ?> parameters) {
        int id = calls.incrementAndGet();
        CompletableFuture<Map<?, ?>> answer = new CompletableFuture<>();
        answers.put(id, answer);
        Map<String, Object> message = new LinkedHashMap<>(Map.of("id", id, "method", method, "params", parameters));
        if (session != null) message.put("sessionId", session);
        socket.sendText(Json.write(message), true).join();
        Map<?, ?> got = answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        if (got.get("error") != null) throw new AssertionError(method + ": " + got.get("error"));
        return (Map<?, ?>) got.get("result");
    }

    /// Opens a page in a window of this size, and waits until it says that it shows something.
    Browser open(Path page, String view, int width, int height, boolean dark) {
        complaints.clear();
        requests.clear();
        call("Emulation.setDeviceMetricsOverride", Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        call("Emulation.setEmulatedMedia", Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
        call("Page.navigate", Map.of("url", "about:blank"));
        call("Page.navigate", Map.of("url", page.toUri() + view));
        await("document.readyState == 'complete' && document.body.dataset.shown !== undefined");
        requests.remove("about:blank");
        return this;
    }

    /// Console messages, exceptions and log entries since the page was opened.
    List<String> complaints() { return List.copyOf(complaints); }

    /// Addresses asked for since the page was opened.
    List<String> requests() { return List.copyOf(requests); }

    /// A JavaScript expression's value.
    Object value(String expression) {
        Map<?, ?> got = call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        if (got.get("exceptionDetails") != null) throw new AssertionError(expression + ": " + got.get("exceptionDetails"));
        return ((Map<?, ?>) got.get("result")).get("value");
    }

    String text(String expression) { return (String) value(expression); }

    double number(String expression) { return ((Number) value("Number(" + expression + ")")).doubleValue(); }

    /// Waits until an expression is true.
    void await(String expression) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Boolean.TRUE.equals(value("Boolean(" + expression + ")"))) {
            if (System.nanoTime() > end) throw new AssertionError("never true: " + expression + "; " + complaints);
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /// Lets the page draw what is waiting for the next frame.
    void settle() { value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"); }

    /// Moves the mouse.
    void move(double x, double y) {
        mouse("mouseMoved", x, y, 0, 0);
        settle();
    }

    /// @param modifiers 8 for Shift
    void click(double x, double y, int modifiers) {
        mouse("mouseMoved", x, y, 0, modifiers);
        mouse("mousePressed", x, y, 1, modifiers);
        mouse("mouseReleased", x, y, 1, modifiers);
        settle();
    }

    /// Clicks the middle of the element that a CSS selector finds.
    void click(String selector) {
        String box = "document.querySelector(" + Json.write(selector) + ").getBoundingClientRect()";
        click(number(box + ".x + " + box + ".width / 2"), number(box + ".y + " + box + ".height / 2"), 0);
    }

    private void mouse(String type, double x, double y, int clicks, int modifiers) {
        call("Input.dispatchMouseEvent", Map.of("type", type, "x", x, "y", y, "button", clicks == 0 ? "none" : "left", "clickCount", clicks, "modifiers", modifiers));
    }

    /// Presses and releases a key, by its name in JavaScript.
    void key(String key) {
        Map<String, Object> event = new LinkedHashMap<>(Map.of("type", "keyDown", "key", key));
        if (key.length() == 1) event.put("text", key);
        call("Input.dispatchKeyEvent", event);
        call("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key));
        settle();
    }

    /// Types a text into what has the focus.
    void type(String text) {
        call("Input.insertText", Map.of("text", text));
        settle();
    }

    /// The window as a PNG.
    byte[] picture() {
        settle();
        return Base64.getDecoder().decode((String) call("Page.captureScreenshot", Map.of("format", "png")).get("data"));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        call(null, "Browser.close", Map.of());
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }
}
