package dev.oriel.runtime.text.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/// Python's arithmetic on numbers: integers (Long, and BigInteger beyond 64 bits) and floats.
final class Arithmetic {
    private Arithmetic() { }

    static Object binary(String operator, Number x, Number y) {
        if (x instanceof Double || y instanceof Double) {
            return floats(operator, x.doubleValue(), y.doubleValue());
        }
        if (isZero(y) && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new Fault(operator.equals("/") ? "division by zero" : "integer division or modulo by zero");
        }
        if (x instanceof Long a && y instanceof Long b) {
            try {
                return integers(operator, a, b);
            } catch (ArithmeticException _) {
                // more than 64 bits
            }
        }
        return integers(operator, Numbers.big(x), Numbers.big(y));
    }

    private static boolean isZero(Number n) {
        return n instanceof Long l && l == 0;
    }

    private static Object integers(String operator, long a, long b) {
        return switch (operator) {
            case "+" -> Math.addExact(a, b);
            case "-" -> Math.subtractExact(a, b);
            case "*" -> Math.multiplyExact(a, b);
            case "/" -> quotient(a, b);
            case "//" -> a == Long.MIN_VALUE && b == -1 ? Math.negateExact(a) : Math.floorDiv(a, b);
            case "%" -> Math.floorMod(a, b);
            default -> power(a, b);
        };
    }

    private static Object integers(String operator, BigInteger a, BigInteger b) {
        return switch (operator) {
            case "+" -> Numbers.narrow(a.add(b));
            case "-" -> Numbers.narrow(a.subtract(b));
            case "*" -> Numbers.narrow(a.multiply(b));
            case "/" -> quotient(a, b);
            case "//" -> Numbers.narrow(a.subtract(floorMod(a, b)).divide(b));
            case "%" -> Numbers.narrow(floorMod(a, b));
            default -> power(a, b);
        };
    }

    private static BigInteger floorMod(BigInteger a, BigInteger b) {
        BigInteger rest = a.mod(b.abs());
        return b.signum() < 0 && rest.signum() > 0 ? rest.add(b) : rest;
    }

    private static Object quotient(long a, long b) {
        boolean exact = Math.abs((double) a) < 1L << 53 && Math.abs((double) b) < 1L << 53;
        return exact ? (Object) ((double) a / b) : quotient(BigInteger.valueOf(a), BigInteger.valueOf(b));
    }

    /// Rounded once, although the integers may be no doubles.
    private static double quotient(BigInteger a, BigInteger b) {
        double result = new BigDecimal(a).divide(new BigDecimal(b), new MathContext(60)).doubleValue();
        if (Double.isInfinite(result)) {
            throw new Fault("integer division result too large for a float");
        }
        return result;
    }

    private static Object power(long base, long exponent) {
        if (exponent >= 0 && (base == 0 || base == 1 || base == -1)) {
            return exponent == 0 ? 1L : base < 0 && exponent % 2 == 0 ? 1L : base;
        }
        return power(BigInteger.valueOf(base), BigInteger.valueOf(exponent));
    }

    private static Object power(BigInteger base, BigInteger exponent) {
        if (exponent.signum() < 0) {
            return floats("**", base.doubleValue(), exponent.doubleValue());
        }
        if (exponent.bitLength() > 31 || exponent.longValue() * (base.bitLength() - 1) > Numbers.BITS) {
            throw Numbers.tooLarge();
        }
        return Numbers.narrow(base.pow(exponent.intValue()));
    }

    private static Object floats(String operator, double a, double b) {
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new Fault(operator.equals("/") ? "float division by zero" : operator.equals("%") ? "float modulo" : "float floor division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> floorDivide(a, b);
            case "%" -> modulo(a, b);
            default -> power(a, b);
        };
    }

    private static double power(double base, double exponent) {
        if (base == 0 && exponent < 0) {
            throw new Fault("0.0 cannot be raised to a negative power");
        }
        double result = base == 1 ? 1 : Math.pow(base, exponent);
        if (Double.isInfinite(result) && !Double.isInfinite(base) && !Double.isInfinite(exponent)) {
            throw new Fault("numerical result out of range");
        }
        if (Double.isNaN(result) && !Double.isNaN(base) && !Double.isNaN(exponent)) {
            throw new Fault("complex numbers are not supported");
        }
        return result;
    }

    private static double modulo(double a, double b) {
        if (Double.isInfinite(b) && Double.isFinite(a)) {
            return a == 0 ? Math.copySign(0, b) : a < 0 == b < 0 ? a : b;
        }
        double rest = a % b;
        return rest == 0 ? Math.copySign(0, b) : rest < 0 != b < 0 ? rest + b : rest;
    }

    private static double floorDivide(double a, double b) {
        double whole = (a - modulo(a, b)) / b;
        double floor = Math.floor(whole);
        return whole == 0 ? Math.copySign(0, a / b) : whole - floor > 0.5 ? floor + 1 : floor;
    }

    static Object unary(char operator, Object value) {
        Operators.requireDefined(value);
        Number number = Values.number(value);
        if (number == null) {
            throw new Fault("bad operand type for unary " + operator + ": '" + Values.typeName(value) + "'");
        }
        return operator == '+' ? number : number instanceof Double d ? (Object) (-d) : Numbers.narrow(Numbers.big(number).negate());
    }

    /// Exact, also between integers and floats; a NaN differs from everything.
    static int compare(Number x, Number y) {
        if (x instanceof Long a && y instanceof Long b) {
            return Long.compare(a, b);
        }
        double a = x.doubleValue();
        double b = y.doubleValue();
        boolean floats = x instanceof Double && y instanceof Double;
        if (!floats && exactable(x) && exactable(y)) {
            return exact(x).compareTo(exact(y));
        }
        return a < b ? -1 : a == b ? 0 : 1;
    }

    private static boolean exactable(Number n) {
        return !(n instanceof Double d) || Double.isFinite(d);
    }

    private static BigDecimal exact(Number n) {
        return n instanceof Double d ? new BigDecimal(d) : new BigDecimal(Numbers.big(n));
    }
}
