import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/// Brings the classes of a jar that were compiled for Java 5 or before into the form of Java 8, with the stack maps that they lack: the JVM's archives of classes take no older ones, and
/// checks those it loads in a slower way. Nothing else about them changes.
///
///     java NewerClasses.java program.jar
public class NewerClasses {
    private static final int FIRST_WITH_STACK_MAPS = ClassFile.JAVA_6_VERSION;

    public static void main(String[] args) throws IOException {
        Path jar = Path.of(args[0]);
        Map<String, byte[]> contents = new LinkedHashMap<>();
        Map<String, ZipEntry> entries = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(jar))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put(entry.getName(), entry);
                contents.put(entry.getName(), in.readAllBytes());
            }
        }
        ClassHierarchyResolver resolver = ClassHierarchyResolver.ofResourceParsing(name -> stream(contents, name)).orElse(ClassHierarchyResolver.defaultResolver());
        ClassFile classes = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS, ClassFile.ClassHierarchyResolverOption.of(resolver));
        Path made = jar.resolveSibling(jar.getFileName() + ".new");
        int count = 0;
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(made))) {
            for (Map.Entry<String, byte[]> content : contents.entrySet()) {
                ZipEntry entry = new ZipEntry(content.getKey());
                entry.setTime(entries.get(content.getKey()).getTime());
                out.putNextEntry(entry);
                boolean old = content.getKey().endsWith(".class") && classes.parse(content.getValue()).majorVersion() < FIRST_WITH_STACK_MAPS;
                if (old) count++;
                out.write(old ? newer(classes, content.getValue()) : content.getValue());
            }
        }
        Files.move(made, jar, StandardCopyOption.REPLACE_EXISTING);
        System.out.println(jar.getFileName() + ": " + count + " classes brought into the form of Java 8");
    }

    private static byte[] newer(ClassFile classes, byte[] old) {
        ClassModel model = classes.parse(old);
        // Method bodies are taken apart and put together again, for stack maps are made only then.
        ClassTransform anew = ClassTransform.dropping(element -> element instanceof ClassFileVersion).andThen(ClassTransform.transformingMethodBodies((code, element) -> code.with(element)));
        return classes.build(model.thisClass().asSymbol(), builder -> {
            builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
            builder.transform(model, anew);
        });
    }

    private static InputStream stream(Map<String, byte[]> contents, ClassDesc name) {
        String descriptor = name.descriptorString();
        byte[] content = contents.get(descriptor.substring(1, descriptor.length() - 1) + ".class");
        return content == null ? null : new ByteArrayInputStream(content);
    }
}
