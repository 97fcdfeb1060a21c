//! Values of records as Python has them: integers are `int`, rationals `fractions.Fraction`, decimals `decimal.Decimal`.

use counterproof::report::Value;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// A value as a Python object.
pub fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Integer(value) => value.into_pyobject(py)?.into_any(),
        Value::Rational(value) => value.into_pyobject(py)?.into_any(),
        Value::Decimal(digits) => py.import("decimal")?.getattr("Decimal")?.call1((digits,))?,
        Value::Bool(value) => value.into_pyobject(py)?.to_owned().into_any(),
        Value::Text(text) => text.into_pyobject(py)?.into_any(),
        Value::List(values) => {
            let list = PyList::empty(py);
            for value in values {
                list.append(object(py, value)?)?;
            }
            list.into_any()
        }
        Value::Null => py.None().into_bound(py),
    })
}

/// Names and values as a dictionary, in their order.
pub fn dictionary<'py>(
    py: Python<'py>,
    fields: &[(&'static str, Value)],
) -> PyResult<Bound<'py, PyDict>> {
    let dictionary = PyDict::new(py);
    for (name, value) in fields {
        dictionary.set_item(name, object(py, value)?)?;
    }
    Ok(dictionary)
}
