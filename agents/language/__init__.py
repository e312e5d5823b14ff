"""Understanding what people say and explaining results."""
