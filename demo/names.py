"""What invented orders are made of: Indian names, cities, devices and what ails them."""

PARTNERS = (
    "Suryodaya Mobiles",
    "Lotus Electronics",
    "Vajra Computers",
    "Nilgiri Retail",
    "Bharosa Insurance",
    "Kaveri Appliances",
    "Himgiri Devices",
    "Jyoti Gadgets",
)
FIRST_NAMES = """
    Aarav Aditi Amit Ananya Anil Arjun Asha Bhavna Chetan Deepa Deepak Divya Farhan Fatima Gaurav Gayatri
    Harish Ishita Jaspreet Karthik Kavita Lakshmi Manoj Meera Mohammed Naveen Neha Nikhil Pooja Pradeep
    Priya Rahul Rajesh Ramesh Ravi Rohan Sana Sanjay Shreya Simran Sneha Suresh Swati Tanvi Uma Varun
    Vijay Vikram Yash Zoya
""".split()  # noqa: SIM905 (fifty lines as a list)
LAST_NAMES = """
    Agarwal Banerjee Bhat Chauhan Chopra Das Desai Deshmukh Fernandes Ghosh Gill Gupta Hegde Iyer Jain Joshi
    Kapoor Khan Krishnan Kulkarni Kumar Malhotra Mehta Menon Mishra Mukherjee Naidu Nair Patel Patil Pillai
    Rao Reddy Saxena Shah Sharma Shetty Singh Sinha Subramaniam Thakur Verma Yadav
""".split()  # noqa: SIM905 (fifty lines as a list)
PLACES = (
    ("Mumbai", "Maharashtra", "400"),
    ("Pune", "Maharashtra", "411"),
    ("Nagpur", "Maharashtra", "440"),
    ("New Delhi", "Delhi", "110"),
    ("Bangalore", "Karnataka", "560"),
    ("Mysuru", "Karnataka", "570"),
    ("Hyderabad", "Telangana", "500"),
    ("Chennai", "Tamil Nadu", "600"),
    ("Coimbatore", "Tamil Nadu", "641"),
    ("Kolkata", "West Bengal", "700"),
    ("Ahmedabad", "Gujarat", "380"),
    ("Surat", "Gujarat", "395"),
    ("Jaipur", "Rajasthan", "302"),
    ("Lucknow", "Uttar Pradesh", "226"),
    ("Kanpur", "Uttar Pradesh", "208"),
    ("Indore", "Madhya Pradesh", "452"),
    ("Bhopal", "Madhya Pradesh", "462"),
    ("Patna", "Bihar", "800"),
    ("Chandigarh", "Chandigarh", "160"),
    ("Kochi", "Kerala", "682"),
    ("Bhubaneswar", "Odisha", "751"),
    ("Guwahati", "Assam", "781"),
)
STREETS = (
    "MG Road",
    "Station Road",
    "Gandhi Nagar",
    "Nehru Marg",
    "Park Street",
    "Ring Road",
    "Lake View Road",
    "Sector 21",
    "Civil Lines",
    "Temple Street",
)
_SCREEN, _POWER = "Screen cracked", "Does not switch on"
DEVICES = (
    ("Mobile", "Samsung", ("Galaxy A54", "Galaxy M34", "Galaxy S23"), ("6.4 inch", "6.6 inch")),
    ("Mobile", "Xiaomi", ("Redmi Note 12", "Redmi 13C"), ("6.7 inch",)),
    ("Mobile", "OnePlus", ("Nord CE 3", "11R"), ("6.7 inch",)),
    ("Mobile", "Vivo", ("Y56", "V29"), ("6.6 inch",)),
    ("Laptop", "Dell", ("XPS 15", "Inspiron 3520"), ("15 inch",)),
    ("Laptop", "HP", ("Pavilion 14", "Victus 16"), ("14 inch", "16 inch")),
    ("Laptop", "Lenovo", ("IdeaPad Slim 3", "ThinkPad E14"), ("14 inch", "15 inch")),
    ("Tablet", "Samsung", ("Galaxy Tab A9",), ("11 inch",)),
    ("Television", "LG", ("OLED C3", "UR7500"), ("43 inch", "55 inch")),
    ("Television", "Sony", ("Bravia X74L",), ("50 inch",)),
)
ISSUES = {
    "Mobile": (_SCREEN, "Battery drains fast", "Not charging", "Speaker silent", "Camera blurred", _POWER),
    "Laptop": ("Battery not charging", _SCREEN, "Keyboard keys dead", "Overheats", "Hinge broken", _POWER),
    "Tablet": (_SCREEN, "Not charging", "Touch does not react"),
    "Television": ("Lines on the panel", "No sound", _POWER, "HDMI port dead"),
}
NOTES = ("", "", "", "", "", "", "Customer informed by phone", "Called twice, no answer", "Part on order")
